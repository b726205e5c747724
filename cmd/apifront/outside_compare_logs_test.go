//go:build outside

package main

// compareLogs delivers the access logs of a distribution to a bucket and to a log group.
func (c *comparer) compareLogs(distribution string) {
	const logs = "logs"
	source := m{"name": "compare", "resourceArn": distribution, "logType": "ACCESS_LOGS", "tags": m{"made-by": "test"}}
	c.both(logs, edge, "PutDeliverySource", source)
	c.refused(logs, edge, "PutDeliverySource", "ConflictException", source)
	c.refused(logs, edge, "PutDeliverySource", "ConflictException", m{"name": "second", "resourceArn": distribution, "logType": "ACCESS_LOGS"})
	c.refused(logs, edge, "PutDeliverySource", "ValidationException", m{"name": "second", "resourceArn": distribution, "logType": "OTHER_LOGS"})
	c.both(logs, edge, "GetDeliverySource", m{"name": "compare"})
	c.both(logs, edge, "DescribeDeliverySources", nil)
	var made []string
	for name, to := range map[string]string{"bucket": "arn:aws:s3:::harborview-access-logs", "group": "arn:aws:logs:us-east-1:" + c.world.AccountID + ":log-group:/cloudfront/access-logs"} {
		leads := m{"name": name, "outputFormat": "json", "deliveryDestinationConfiguration": m{"destinationResourceArn": to}, "tags": m{"made-by": "test"}}
		arn := c.both(logs, edge, "PutDeliveryDestination", leads).str("deliveryDestination.arn")
		delete(leads, "tags")
		leads["outputFormat"] = "plain"
		c.refused(logs, edge, "PutDeliveryDestination", "ValidationException", leads)
		c.both(logs, edge, "GetDeliveryDestination", m{"name": name})
		joins := m{"deliverySourceName": "compare", "deliveryDestinationArn": arn, "tags": m{"made-by": "test"}}
		made = append(made, c.both(logs, edge, "CreateDelivery", joins).str("delivery.id"))
		c.refused(logs, edge, "CreateDelivery", "ConflictException", joins)
		c.refused(logs, edge, "DeleteDeliveryDestination", "ConflictException", m{"name": name})
	}
	c.both(logs, edge, "DescribeDeliveryDestinations", m{"limit": 1})
	c.both(logs, edge, "DescribeDeliveries", nil)
	c.refused(logs, edge, "DeleteDeliverySource", "ConflictException", m{"name": "compare"})
	for _, id := range made {
		c.both(logs, edge, "GetDelivery", m{"id": id})
		c.both(logs, edge, "DeleteDelivery", m{"id": id})
	}
	c.refused(logs, edge, "GetDelivery", "ResourceNotFoundException", m{"id": made[0]})
	for _, name := range []string{"bucket", "group"} {
		c.both(logs, edge, "DeleteDeliveryDestination", m{"name": name})
	}
	c.both(logs, edge, "DeleteDeliverySource", m{"name": "compare"})
	c.refused(logs, edge, "GetDeliverySource", "ResourceNotFoundException", m{"name": "compare"})
}
