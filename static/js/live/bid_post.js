/** A bid over HTTP, for when there is no socket to carry it. */
import { LiveError, lostConnection } from './errors.js';

const BID_LIMIT = 12000; // ms

/** Posts one bid; rejects with LiveError, `connection_lost` when it may be repeated under its key. */
export async function postBid(host, request, { request_id: key, ...bid }) {
  const exchange = request({
    method: 'POST',
    url: `${host.url}/api/group`,
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...host.credentials() },
    body: JSON.stringify(bid),
    timeout: BID_LIMIT,
  });
  const { body } = await exchange.reply.catch(() => ({ body: null }));
  if (!body) throw lostConnection();
  if (body.code === 1) return { participation: body.data };
  const refusal = new LiveError({ error: body.error, message: body.message, ...body.data });
  // Under a renewed token it is tried again like one that got no answer.
  throw refusal.isAboutToken && (await host.renewOrSignOut()) ? lostConnection() : refusal;
}
