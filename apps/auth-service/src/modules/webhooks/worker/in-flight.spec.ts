import { InFlight } from './in-flight.js';

const place = { id: 'w', url: 'https://w.example/', tenant_id: 't' };
const other = { ...place, id: 'other' };

describe('InFlight.onceSettled', () => {
  it('calls once, with the next request of the endpoint that settles', async () => {
    const inFlight = new InFlight(10, 1);
    let [calls, settle] = [0, (): void => undefined];
    const request = new Promise<void>((resolve) => (settle = resolve));
    const tracked = [request, request].map((work) => inFlight.track(place, work));
    inFlight.onceSettled(place, () => calls++);
    inFlight.onceSettled(other, () => calls++);
    await inFlight.track(other, Promise.resolve());
    expect(calls).toBe(0);
    settle();
    await Promise.all(tracked);
    expect([calls, inFlight.size]).toEqual([1, 0]);
  });

  it('is called by a request to the URL that is waited for, not by one to the URL before', async () => {
    const inFlight = new InFlight(10, 1);
    let [calls, settle] = [0, (): void => undefined];
    const request = inFlight.track(place, new Promise<void>((resolve) => (settle = resolve)));
    inFlight.onceSettled(place, () => calls++);
    await inFlight.track({ ...place, url: 'https://former.example/' }, Promise.resolve());
    expect(calls).toBe(0);
    settle();
    await request;
    expect(calls).toBe(1);
  });
});

describe('InFlight.room', () => {
  const never = new Promise<void>(() => undefined);
  const slow = false;

  it('is not taken by what hangs at the URL that a webhook had, but for the share of the tenant', () => {
    const inFlight = new InFlight(10, 0.5);
    void inFlight.track({ ...place, url: 'https://former.example/' }, never);
    expect(inFlight.room({ ...place, slow }, 8)).toBe(4);
    void inFlight.track(place, never);
    expect(inFlight.room({ ...place, slow }, 1)).toBe(0);
    expect(inFlight.roomOfTenant({ tenant_id: 't', slow })).toBe(3);
  });

  it('leaves half of the share to those that are not slow', () => {
    const inFlight = new InFlight(40, 0.5);
    expect([false, true].map((is) => inFlight.room({ ...place, slow: is }, 100))).toEqual([20, 10]);
  });
});
