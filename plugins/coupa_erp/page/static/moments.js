// Times as people say them.

const DAY = 86_400_000;

/** 45 s, 12 min, 3.5 h, 2 days. */
export function shownDuration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${oneDigit(seconds / 3600)} h`;
  return `${oneDigit(seconds / 86400)} days`;
}

function oneDigit(number) {
  return new Intl.NumberFormat(undefined, { maximumFractionDigits: number < 10 ? 1 : 0 }).format(number);
}

const COUNT = new Intl.NumberFormat();
const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The day and the time; with the year where that is another. */
export function shownMoment(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "at an unknown time";
  return (date.getFullYear() === new Date().getFullYear() ? SHORT : LONG).format(date);
}

export function shownCount(number) {
  return COUNT.format(number);
}

export function shownClock(date) {
  return CLOCK.format(date);
}

/** How finely a period is drawn. */
export function grainOf(first, last) {
  const days = (last - first) / DAY;
  if (days <= 1.6) return "hour";
  return days <= 62 ? "day" : "week";
}

/** The beginnings of the hours, days or weeks from the first to the last moment, in the viewer's own time. */
export function slots(first, last, grain) {
  const found = [];
  for (let slot = slotOf(first, grain); slot <= last && found.length < 400; slot = next(slot, grain)) found.push(slot);
  return found;
}

export function slotOf(moment, grain) {
  const date = new Date(moment);
  if (grain === "hour") return new Date(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours());
  const day = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  if (grain === "week") day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day;
}

function next(slot, grain) {
  const date = new Date(slot);
  if (grain === "hour") date.setTime(date.getTime() + DAY / 24);
  else date.setDate(date.getDate() + (grain === "day" ? 1 : 7));
  return date;
}

export function slotLabel(slot, grain) {
  const wanted = grain === "hour" ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(undefined, wanted).format(slot);
}
