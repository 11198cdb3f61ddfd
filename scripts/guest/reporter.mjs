/** A reporter for node's test runner inside the guest: one JSON text a test that ended, one a line. */
import { Place, reason, skipReason, verdict } from '../test/outcome.mjs';

export default async function* reporter(events) {
  const place = new Place();
  for await (const { type, data } of events) {
    if (type === 'test:start') place.began(data);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const outcome = verdict(type, data);
    if (outcome === undefined) continue;
    const record = {
      type: 'test',
      name: place.of(data),
      line: data.line,
      outcome,
      reason: outcome === 'fail' ? reason(data.details.error) : skipReason(data),
      milliseconds: Math.round(data.details.duration_ms),
    };
    yield `${JSON.stringify(record)}\n`;
  }
}
