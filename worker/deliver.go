package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"apifront/setup"
	"apifront/store"
)

// deliveriesAtOnce is how many notices a worker sends at once: one to each place
// that there may be, so that slow places hold up no other.
const deliveriesAtOnce = store.MostNoticePlaces

// deliveries sends the notices that are due, several at once, until ctx ends; those
// that it is at then are given back.
func (w *Worker) deliveries(ctx context.Context) error {
	if w.Notices == nil {
		return nil
	}
	told, stop := w.Store.WatchNotices()
	defer stop()
	return serve(ctx, queue[store.DeliveryPass]{asked: told, atOnce: deliveriesAtOnce, next: w.nextDelivery, do: w.deliver, free: w.freeDeliveries})
}

// nextDelivery takes a delivery.
func (w *Worker) nextDelivery(ctx context.Context) (store.DeliveryPass, bool) {
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	p, found, err := w.Store.NextDelivery(limited, w.name)
	w.troubled(ctx, "asking for the next notice failed", silent(limited, err))
	return p, found
}

// freeDeliveries gives back the deliveries that this worker is at.
func (w *Worker) freeDeliveries(ctx context.Context) error {
	return w.Store.FreeDeliveries(ctx, w.name)
}

// deliver sends one notice and stores what the other side answered. An answer that
// came before the worker was asked to stop is stored all the same: otherwise the
// notice would be sent twice.
func (w *Worker) deliver(ctx context.Context, p store.DeliveryPass) {
	a := w.send(ctx, p)
	if !a.Taken && ctx.Err() != nil {
		return // cut off: it is given back
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	err := silent(limited, w.Store.FinishDelivery(limited, w.name, p, a))
	if err != nil && !errors.Is(err, store.ErrFenced) {
		w.storeFailed(ctx, "the answer to a notice could not be stored", err, slog.String("place", p.Place.ID))
	}
	if !a.Taken {
		w.Log.WarnContext(ctx, "a notice was not taken", "place", p.Place.Name, "event", p.Delivery.Notice.Event, "status", a.Status, "tries", p.Delivery.Tries)
	}
}

// send is one try.
func (w *Worker) send(ctx context.Context, p store.DeliveryPass) (a setup.NoticeAnswer) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a notice panicked", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
			a = setup.NoticeAnswer{Text: "It was not sent: apifront ran into a mistake of its own. The server's log has it."}
		}
	}()
	return w.Notices.Send(ctx, p.Place, p.Delivery.Notice)
}
