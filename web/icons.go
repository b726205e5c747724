package web

// iconPath is the drawing of an icon, 16 by 16.
func iconPath(name string) string {
	switch name {
	case "check":
		return `<path d="m3.5 8.5 3 3 6-7"/>`
	case "x":
		return `<path d="m4.5 4.5 7 7m0-7-7 7"/>`
	case "chev":
		return `<path d="m6 3.5 4.5 4.5L6 12.5"/>`
	case "done":
		return `<circle cx="8" cy="8" r="6.75" fill="currentColor" stroke="none"/><path d="m5 8.3 2.1 2.1L11 5.9" stroke="var(--surface)" stroke-width="1.6"/>`
	case "failed":
		return `<path d="M5.2 1.25h5.6l3.95 3.95v5.6l-3.95 3.95H5.2L1.25 10.8V5.2z" fill="currentColor" stroke="none"/><path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" stroke="var(--surface)" stroke-width="1.6"/>`
	case "running":
		return `<circle cx="8" cy="8" r="6" opacity=".28" stroke-width="2"/><path class="turn" d="M8 2a6 6 0 0 1 6 6" stroke-width="2"/>`
	case "you":
		return `<path d="M8 1 15 8l-7 7-7-7z" fill="currentColor" stroke="none"/><path d="M8 4.8v3.9m0 2.2v.1" stroke="var(--surface)" stroke-width="1.6"/>`
	case "wait":
		return `<circle cx="8" cy="8" r="6" stroke-dasharray="2.4 2.3"/>`
	case "stop":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M6 6h4v4H6z" fill="currentColor"/>`
	case "ready":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M5 8h5.6M8.4 5.6 10.8 8l-2.4 2.4"/>`
	case "back":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M11 8H5.4M7.6 5.6 5.2 8l2.4 2.4"/>`
	case "unsure":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M6.3 6.4a1.75 1.75 0 1 1 2.6 1.6c-.6.3-.9.7-.9 1.3M8 11.2v.1"/>`
	case "skip":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M5.2 8h5.6"/>`
	case "out":
		return `<path d="M6.5 3.5h-3v9h9v-3M9.5 2.75h3.75V6.5M13 3 7.75 8.25"/>`
	case "info":
		return `<circle cx="8" cy="8" r="6.25"/><path d="M8 7.4v3.4M8 5.2v.1"/>`
	case "copy":
		return `<rect x="5.75" y="5.75" width="7.5" height="7.5" rx="1.5"/><path d="M3.6 10.25h-.35a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v.35"/>`
	case "plus":
		return `<path d="M8 3v10M3 8h10"/>`
	case "minus":
		return `<path d="M3 8h10"/>`
	case "cert":
		return `<rect x="2.25" y="2.75" width="11.5" height="8" rx="1.25"/><path d="M5 5.75h6M5 8h3"/><path d="M9.9 10.2v3.6l1.35-.85 1.35.85v-3.6"/>`
	case "door":
		return `<path d="M2.5 13.5v-9l5.5-2 5.5 2v9M6.25 13.5V9.25h3.5v4.25M1.5 13.5h13"/>`
	case "route":
		return `<circle cx="3.5" cy="12.25" r="1.75"/><circle cx="12.5" cy="3.75" r="1.75"/><path d="M5.25 12.25H10a2.1 2.1 0 0 0 0-4.2H6a2.1 2.1 0 0 1 0-4.3h4.75"/>`
	case "edge":
		return `<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2.2 1.7 2.6 4 2.6 6S10.2 12.3 8 14c-2.2-1.7-2.6-4-2.6-6S5.8 3.7 8 2z"/>`
	case "dns":
		return `<rect x="2.25" y="2.75" width="11.5" height="4.25" rx="1"/><rect x="2.25" y="9" width="11.5" height="4.25" rx="1"/><path d="M4.75 4.9h.1M4.75 11.1h.1"/>`
	case "again":
		return `<path d="M13 8a5 5 0 1 1-1.5-3.55L13.25 6.2"/><path d="M13.25 2.75V6.2H9.8"/>`
	case "menu":
		return `<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>`
	case "search":
		return `<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3 3"/>`
	case "bell":
		return `<path d="M8 2.25a3.75 3.75 0 0 0-3.75 3.75c0 3.4-1.5 4.75-1.5 4.75h10.5s-1.5-1.35-1.5-4.75A3.75 3.75 0 0 0 8 2.25z"/><path d="M6.75 13.25a1.4 1.4 0 0 0 2.5 0"/>`
	case "saved":
		return `<path d="M3.5 8.5 6.5 11.5 12.5 4.5"/>`
	}
	return ""
}
