/** Labels of one sample, in the order they are written. */
export type LabelPairs = readonly (readonly [name: string, value: string])[]

/** A number as Go's shortest `g` format writes it: what Prometheus' own clients print. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  const [digits = "", power = ""] = value.toExponential().split("e")
  const exponent = Number(power)
  if (value === 0 || (exponent >= -4 && exponent < 6)) return plainDecimal(value)
  const sign = exponent < 0 ? "-" : "+"
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`
}

function plainDecimal(value: number): string {
  const text = String(value)
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')
}

/** One sample of the text format, with its line break. */
export function formatSample(name: string, labels: LabelPairs, value: number): string {
  const pairs = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`
  return `${name}${braces} ${formatNumber(value)}\n`
}

/** The two lines above the samples of a metric. */
export function formatHeader(name: string, help: string, type: string): string {
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`
}
