const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`)
const group = /^[0-9a-fA-F]{1,4}$/

function isIpv6(text: string): boolean {
  const [address = ""] = text.split("%", 1)
  const halves = address.split("::")
  if (halves.length > 2) return false
  let count = 0
  for (const half of halves) {
    if (half === "") continue
    const parts = half.split(":")
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1 && half === halves.at(-1)
      if (isLast && ipv4.test(part)) count += 2
      else if (group.test(part)) count++
      else return false
    }
  }
  return halves.length === 2 ? count < 8 : count === 8
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/")
  if (rest.length > 0 || !/^\d{1,3}$/.test(length)) return false
  if (ipv4.test(address)) return Number(length) <= 32
  return isIpv6(address) && Number(length) <= 128
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const parsed = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text)
}

const time = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})?$/

function isDateTime(text: string): boolean {
  const match = time.exec(text)
  return match !== null && isDate(match[1] ?? "")
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const versionedUuid = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, "i")

const hostnameLabel = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const checks: { readonly [format: string]: (text: string) => boolean } = {
  "date-time": isDateTime,
  datetime: isDateTime,
  date: isDate,
  duration: (text) => /^-?(?:\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|m|h|d|w))+$/.test(text),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  uuid: (text) => uuid.test(text),
  uuid3: (text) => versionedUuid("3").test(text),
  uuid4: (text) => versionedUuid("4").test(text),
  uuid5: (text) => versionedUuid("5").test(text),
  ipv4: (text) => ipv4.test(text),
  ipv6: isIpv6,
  cidr: isCidr,
  mac: (text) => /^(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/.test(text),
  uri: (text) => /^(?:[A-Za-z][A-Za-z0-9+.-]*:\S+|\/\S*)$/.test(text),
  hostname: (text) =>
    text.length <= 255 && text.split(".").every((part) => hostnameLabel.test(part)),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  creditcard: (text) => /^\d[\d -]{11,22}\d$/.test(text),
  isbn: (text) => /^(?:\d[ -]?){9}(?:[\dXx]|(?:\d[ -]?){3}\d)$/.test(text),
}

const ranges: { readonly [format: string]: readonly [number, number] } = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
}

/** True where a text is of a format; formats that nobody knows hold for everything. */
export function hasFormat(text: string, format: string): boolean {
  return Object.hasOwn(checks, format) ? (checks[format]?.(text) ?? true) : true
}

/** True where a number is in the range of a format. */
export function isInRange(value: number, format: string): boolean {
  const [least, most] = (Object.hasOwn(ranges, format) ? ranges[format] : undefined) ?? [
    -Infinity,
    Infinity,
  ]
  return value >= least && value <= most
}
