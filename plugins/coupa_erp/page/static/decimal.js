// Money is summed exactly: amounts travel as strings, and a JavaScript number would lose digits.

/** `{units, scale}` of "12.50": 1250n and 2; null for what is no amount. */
function read(text) {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(String(text).trim());
  if (!match) return null;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  let units = BigInt(whole + fraction);
  let scale = fraction.length - Number(exponent);
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { units: sign === "-" ? -units : units, scale };
}

function write({ units, scale }) {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? "-" : ""}${whole}${scale ? `.${digits.slice(-scale)}` : ""}`;
}

/** The sum of two amounts as a string; what cannot be read counts as nothing. */
export function add(one, other) {
  const left = read(one) ?? { units: 0n, scale: 0 };
  const right = read(other) ?? { units: 0n, scale: 0 };
  const scale = Math.max(left.scale, right.scale);
  const lift = (amount) => amount.units * 10n ** BigInt(scale - amount.scale);
  return write({ units: lift(left) + lift(right), scale });
}

/** For people: grouped as their language does, every digit kept. */
export function shownAmount(text) {
  const amount = read(text);
  if (!amount) return String(text);
  const places = Math.min(amount.scale, 20);
  const format = new Intl.NumberFormat(undefined, { minimumFractionDigits: places, maximumFractionDigits: places });
  return format.format(write(amount));
}
