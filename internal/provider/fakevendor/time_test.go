package fakevendor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/databento"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

var request = market.BarRequest{Dataset: "EQUS.SUMMARY", Symbol: "GLD", Start: window.First, End: window.Last}

// transport answers in the process, without a network, so that time can be
// virtual.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// dripping is a body that gives a byte a second.
type dripping struct{ done <-chan struct{} }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = 't'
		return 1, nil
	case <-d.done:
		return 0, errors.New("gave up")
	}
}

func (dripping) Close() error { return nil }

// TestAHangEndsAfterThirtySeconds, whatever hangs, and is not tried again: the
// vendor may have charged for it.
func TestAHangEndsAfterThirtySeconds(t *testing.T) {
	for name, hang := range map[string]transport{
		"no answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"a byte a second": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: dripping{r.Context().Done()}}, nil
		},
		"down, slowly": func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(12 * time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody}, nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := databento.New("http://vendor.test", fake.Key, vendorhttp.Client{Transport: hang}).DailyBars(t.Context(), request, ignore)
			const most, waits = 30 * time.Second, 2 * time.Second
			if took := time.Since(began); took > most+waits || lombard.KindOf(err) != lombard.KindVendorBusy {
				t.Errorf("%s: %v, %v", name, took, err)
			}
		})
	}
}

// TestRetryAfterIsHonoured to a tenth, in seconds and as a date; what is asked
// for beyond 20 s is told and not waited for.
func TestRetryAfterIsHonoured(t *testing.T) {
	for _, c := range []struct {
		headers map[string]string
		want    time.Duration
	}{
		{map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{map[string]string{"Retry-After": "20"}, 20 * time.Second},
		{map[string]string{"Retry-After": "Mon, 01 Jul 2024 10:00:11 GMT", "Date": "Mon, 01 Jul 2024 10:00:00 GMT"}, 11 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			var at []time.Time
			v := databento.New("http://vendor.test", fake.Key, vendorhttp.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				a := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}, Body: http.NoBody}
				for name, value := range c.headers {
					a.Header.Set(name, value)
				}
				if len(at) > 1 {
					a = &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(fake.Header))}
				}
				return a, r.Context().Err()
			})})
			if _, err := v.DailyBars(t.Context(), request, ignore); err != nil || len(at) != 2 {
				t.Fatal(len(at), err)
			}
			if waited := at[1].Sub(at[0]); waited < c.want || waited > c.want+c.want/10 {
				t.Errorf("waited %v, want %v", waited, c.want)
			}
		})
	}
}

// TestRetryAfterOnAWire: the same with a real clock and a real connection. How
// long exactly is for the test above, whose clock no other process can disturb.
func TestRetryAfterOnAWire(t *testing.T) {
	v := fake.New(t)
	v.Break(fake.DataPath, first(1, busy(map[string]string{"Retry-After": "1"})))
	began := time.Now()
	if _, err := databento.New(v.URL, fake.Key, vendorhttp.Client{}).DailyBars(t.Context(), request, ignore); err != nil {
		t.Fatal(err)
	}
	const most = 20 * time.Second // a machine may do other things
	if took := time.Since(began); took < time.Second || took > most {
		t.Errorf("waited %v, want 1 s or a little more", took)
	}
}

// certificate is one of 127.0.0.1 that signs itself and ends at an instant.
func certificate(t *testing.T, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fake"}, NotBefore: until.Add(-time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// TestCertificatesAreChecked: neither one that has expired nor one of nobody
// known is sent the key.
func TestCertificatesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		until  time.Time
		trust  bool
		served bool
	}{
		{"good", time.Now().Add(time.Hour), true, true},
		{"expired", time.Now().Add(-time.Minute), true, false},
		{"of nobody known", time.Now().Add(time.Hour), false, false},
	} {
		own, pool := certificate(t, c.until)
		var asked atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			_, _ = w.Write([]byte(fake.Header))
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
		s.Config.ErrorLog = quiet()
		s.StartTLS()
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if c.trust {
			config.RootCAs = pool
		}
		network := &http.Transport{TLSClientConfig: config}
		waits := &vendortest.Waits{}
		_, err := databento.New(s.URL, fake.Key, vendorhttp.Client{Transport: network, Sleep: waits.Sleep}).DailyBars(t.Context(), request, ignore)
		if c.served != (err == nil) || c.served != (asked.Load() > 0) || !c.served && lombard.KindOf(err) != lombard.KindVendorBusy {
			t.Errorf("%s: asked %d times, %v", c.name, asked.Load(), err)
		}
		network.CloseIdleConnections()
		s.Close()
	}
}

// TestARedirectIsNotFollowed: the address it names is never asked, and the key
// never sent there.
func TestARedirectIsNotFollowed(t *testing.T) {
	var asked atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inside.Close()
	v := fake.New(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		v.Break(fake.DataPath, func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, inside.URL+"/latest/meta-data", status)
			return true
		})
		_, err := databento.New(v.URL, fake.Key, vendorhttp.Client{}).DailyBars(t.Context(), request, ignore)
		if lombard.KindOf(err) != lombard.KindDataUnavailable || !strings.Contains(err.Error(), "a redirect, which is not followed") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if asked.Load() > 0 {
		t.Errorf("the address inside was asked %d times", asked.Load())
	}
}

// TestKeys: none asks nobody; a wrong one is the vendor's to refuse.
func TestKeys(t *testing.T) {
	v, db := fake.New(t), open(t)
	q := market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "GLD", Start: window.First, End: window.Last, MaxCostUSD: 5}
	for key, says := range map[string]string{"": "There is no key for Databento.", "db-wrong": "The Databento key was rejected."} {
		v.Heal()
		s := data.NewSource(databento.New(v.URL, key, vendorhttp.Client{}), db, data.Limits{DayUSD: 1}, fake.Today)
		_, err := s.Bars(t.Context(), q, ignore)
		if lombard.KindOf(err) != lombard.KindVendorAuth || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", key, err)
		}
		if n := v.Calls(fake.RangePath); (n == 0) != (key == "") || n > 1 {
			t.Errorf("%q: %d calls", key, n)
		}
	}
}
