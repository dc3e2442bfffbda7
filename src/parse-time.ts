/**
 * The one reader of times as text. It gives a moment in milliseconds since 1970, or undefined, and never `NaN`. It
 * accepts no day that the calendar does not have, such as 30 February.
 */

const day = /^(\d{4})-(\d\d)-(\d\d)$/;

const timeOfDay = /([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?/.source;
const offset = /(?:Z| ?([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)/.source;
const instant = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)[T ]${timeOfDay}${offset}$`);

/** `2026-12-01`: its first moment in UTC. */
export function parseDay(text: string): number | undefined {
  const match = day.exec(text);
  if (match === null) return undefined;
  const atMs = Date.parse(`${text}T00:00:00.000Z`);
  // The engine takes 30 February for 2 March.
  return !Number.isNaN(atMs) && new Date(atMs).getUTCDate() === Number(match[3]) ? atMs : undefined;
}

/**
 * `2026-12-01T00:00:00Z`: a date, a time of day and an offset from UTC (`Z`, `+05:30`, `+0530`, `+05`). Digits after
 * the milliseconds are ignored.
 */
export function parseInstant(text: string): number | undefined {
  const match = instant.exec(text);
  if (match === null) return undefined;
  const [, date = '', hours, minutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const startMs = parseDay(date);
  if (startMs === undefined) return undefined;
  const secondsOfDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const localMs = startMs + secondsOfDay * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return sign === '-' ? localMs + offsetMs : localMs - offsetMs;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clock = String.raw`(\d\d:\d\d:\d\d)`;
const monthName = `(${months.join('|')})`;
/** `Sun, 06 Nov 1994 08:49:37 GMT`, the usual form. */
const fixedDate = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ${monthName} (\\d{4}) ${clock} (?:GMT|UTC|[+-]0000)$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT`: obsolete. */
const shortYearDate = new RegExp(`^[A-Z][a-z]{5,8}, (\\d\\d)-${monthName}-(\\d\\d) ${clock} GMT$`);
/** `Sun Nov  6 08:49:37 1994`: obsolete, too. */
const unixDate = new RegExp(`^[A-Z][a-z]{2} ${monthName} ([ \\d]\\d) ${clock} (\\d{4})$`);

/**
 * A date of HTTP (RFC 9110, 5.6.7) in any of its three forms. A year of two digits is the last such year that is at
 * most 50 years from now.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const fixed = fixedDate.exec(text);
  if (fixed !== null) return httpInstant(fixed[3], fixed[2], fixed[1], fixed[4]);
  const unix = unixDate.exec(text);
  if (unix !== null) return httpInstant(unix[4], unix[1], unix[2], unix[3]);
  const short = shortYearDate.exec(text);
  if (short === null) return undefined;
  const latest = new Date(nowMs).getUTCFullYear() + 50;
  const year = latest - ((latest - Number(short[3])) % 100);
  return httpInstant(String(year), short[2], short[1], short[4]);
}

function httpInstant(year = '', month = '', dayOfMonth = '', time = ''): number | undefined {
  const monthOfYear = String(months.indexOf(month) + 1).padStart(2, '0');
  return parseInstant(`${year}-${monthOfYear}-${dayOfMonth.trim().padStart(2, '0')}T${time}Z`);
}
