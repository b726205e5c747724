package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

func TestInvalidations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCDN(Config{Pace: Pace{Invalidate: time.Minute}})
		d, _ := w.create(t, w.recipe())
		try := func(ref string, paths ...string) (*types.Invalidation, error) {
			out, err := w.c.CreateInvalidation(t.Context(), &cloudfront.CreateInvalidationInput{DistributionId: d.Id, InvalidationBatch: &types.InvalidationBatch{
				CallerReference: aws.String(ref), Paths: &types.Paths{Quantity: aws.Int32(int32(len(paths))), Items: paths},
			}})
			if err != nil {
				return nil, err
			}
			return out.Invalidation, nil
		}
		made, err := try("r1", "/*", "/a/b")
		if err != nil || *made.Status != "InProgress" {
			t.Fatalf("got %v %v", made, err)
		}
		again, err := try("r1", "/*", "/a/b")
		if err != nil || *again.Id != *made.Id {
			t.Errorf("got %v %v", again, err)
		}
		_, err = try("r1", "/other")
		wantCode(t, err, "InvalidArgument")
		for _, p := range []string{"a", "", "/a*b", "/a b"} {
			_, err = try("r2", p)
			wantCode(t, err, "InvalidArgument")
		}
		stars := []string{}
		for c := 'a'; c < 'p'; c++ {
			stars = append(stars, "/"+string(c)+"*")
		}
		_, err = try("r3", stars...)
		wantCode(t, err, "TooManyInvalidationsInProgress")
		if got, _ := w.get(t, *d.Id); *got.InProgressInvalidationBatches != 1 {
			t.Errorf("%d in progress", *got.InProgressInvalidationBatches)
		}
		time.Sleep(time.Minute)
		got, err := w.c.GetInvalidation(t.Context(), &cloudfront.GetInvalidationInput{DistributionId: d.Id, Id: made.Id})
		if err != nil || *got.Invalidation.Status != "Completed" || *got.Invalidation.InvalidationBatch.Paths.Quantity != 2 {
			t.Errorf("got %v %v", got, err)
		}
		if _, err = try("r4", stars...); err != nil {
			t.Error(err)
		}
		list, err := w.c.ListInvalidations(t.Context(), &cloudfront.ListInvalidationsInput{DistributionId: d.Id, MaxItems: aws.Int32(1)})
		if err != nil || len(list.InvalidationList.Items) != 1 || *list.InvalidationList.Items[0].Id == *made.Id || !*list.InvalidationList.IsTruncated {
			t.Fatalf("got %v %v", list, err)
		}
		list, err = w.c.ListInvalidations(t.Context(), &cloudfront.ListInvalidationsInput{DistributionId: d.Id, Marker: list.InvalidationList.NextMarker})
		if err != nil || len(list.InvalidationList.Items) != 1 || *list.InvalidationList.Items[0].Id != *made.Id {
			t.Errorf("got %v %v", list, err)
		}
		_, err = w.c.GetInvalidation(t.Context(), &cloudfront.GetInvalidationInput{DistributionId: d.Id, Id: aws.String("I0")})
		wantCode(t, err, "NoSuchInvalidation")
	})
}
