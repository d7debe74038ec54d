// The sandbox's clock, and times as Slack writes them: always in the zone of whoever is looking.

let skew = 0;

/** Called with every state: the sandbox's clock runs at its own offset. */
export function setClock(serverNow) {
  skew = serverNow - Date.now() / 1000;
}

export const now = () => Date.now() / 1000 + skew;

/** Where the product and its people are, for the phone's own clock. */
export const HOME_ZONE = "America/New_York";

function parts(seconds, zone, options) {
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options });
  return Object.fromEntries(made.formatToParts(new Date(seconds * 1000)).map((p) => [p.type, p.value]));
}

function ordinal(day) {
  const n = Number(day);
  const tail = n % 100 >= 11 && n % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th");
  return `${n}${tail}`;
}

export function clock(seconds, zone, withSeconds = false) {
  const p = parts(seconds, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return `${p.hour}:${p.minute}${withSeconds ? `:${p.second}` : ""}`;
}

function isoDay(seconds, zone) {
  const p = parts(seconds, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
  return `${p.year}-${p.month}-${p.day}`;
}

function daysAway(seconds, zone) {
  return Math.round((Date.parse(isoDay(seconds, zone)) - Date.parse(isoDay(now(), zone))) / 86_400_000);
}

const near = (seconds, zone) => ({ 0: "Today", "-1": "Yesterday", 1: "Tomorrow" })[daysAway(seconds, zone)];

function dayName(seconds, zone, { weekday = false, month = "long", year = true } = {}) {
  const p = parts(seconds, zone, { weekday: "long", year: "numeric", month, day: "numeric" });
  const day = month === "long" && weekday ? ordinal(p.day) : p.day;
  return `${weekday ? `${p.weekday}, ` : ""}${p.month} ${day}${year ? `, ${p.year}` : ""}`;
}

/** The line between two days in a channel. */
export function dayDivider(seconds, zone) {
  const sameYear = isoDay(seconds, zone).slice(0, 4) === isoDay(now(), zone).slice(0, 4);
  return near(seconds, zone) ?? dayName(seconds, zone, { weekday: true, year: !sameYear });
}

export const sameDay = (a, b, zone) => isoDay(a, zone) === isoDay(b, zone);

function ago(seconds) {
  const gap = Math.abs(now() - seconds);
  const late = now() >= seconds;
  if (gap < 60) return late ? "just now" : "in less than a minute";
  const [size, unit] = gap < 3600 ? [60, "minute"] : gap < 86400 ? [3600, "hour"] : [86400, "day"];
  const count = Math.floor(gap / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return late ? `${words} ago` : `in ${words}`;
}

function token(name, seconds, zone) {
  const halfYear = Math.abs(now() - seconds) < 182 * 86400;
  const plain = {
    date_num: () => isoDay(seconds, zone),
    date_slash: () => isoDay(seconds, zone).split("-").reverse().join("/"),
    date_long: () => dayName(seconds, zone, { weekday: true }),
    date_long_full: () => dayName(seconds, zone),
    date: () => dayName(seconds, zone, { year: !halfYear }),
    date_short: () => dayName(seconds, zone, { month: "short" }),
    time: () => clock(seconds, zone),
    time_secs: () => clock(seconds, zone, true),
    ago: () => ago(seconds),
    day_divider_pretty: () => dayDivider(seconds, zone),
  };
  const pretty = name.endsWith("_pretty") && plain[name.slice(0, -7)];
  if (pretty) return near(seconds, zone)?.toLowerCase() ?? pretty();
  return plain[name]?.();
}

/** Fills Slack's `{date_short_pretty} at {time}`; null when a token is unknown, so that the fallback shows. */
export function slackDate(seconds, format, zone) {
  if (!Number.isFinite(seconds)) return null;
  let known = true;
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name, at) => {
    const made = token(name, seconds, zone);
    if (made === undefined) known = false;
    return at === 0 && made ? made[0].toUpperCase() + made.slice(1) : (made ?? whole);
  });
  return known ? text : null;
}
