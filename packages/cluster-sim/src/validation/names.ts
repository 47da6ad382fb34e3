/** How the server words that a text does not have the form it should have. */
function form(rule: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((each) => `'${each}', `).join(" or ")
  return examples.length === 0
    ? `${rule} (regex used for validation is '${pattern}')`
    : `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`
}

const labelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`
const oldLabelPattern = "[a-z]([-a-z0-9]*[a-z0-9])?"
const qualifiedPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
const valuePattern = `(${qualifiedPattern})?`

const labelForm = new RegExp(`^${labelPattern}$`)
const subdomainForm = new RegExp(`^${subdomainPattern}$`)
const oldLabelForm = new RegExp(`^${oldLabelPattern}$`)
const qualifiedForm = new RegExp(`^${qualifiedPattern}$`)

const labelRule = form(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelPattern,
  "my-name",
  "123-abc",
)
const subdomainRule = form(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainPattern,
  "example.com",
)
const oldLabelRule = form(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  oldLabelPattern,
  "my-name",
  "abc-123",
)
const qualifiedRule = form(
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedPattern,
  "MyName",
  "my.name",
  "123-abc",
)
const valueRule = form(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  valuePattern,
  "MyValue",
  "my_value",
  "12345",
)
const keyRule = form(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  "[-._a-zA-Z0-9]+",
  "key.name",
  "KEY_NAME",
  "key-name",
)

function length(max: number): string {
  return `must be no more than ${max} characters`
}

function complaints(value: string, max: number, pattern: RegExp, rule: string): readonly string[] {
  const found: string[] = []
  if (value.length > max) found.push(length(max))
  if (!pattern.test(value)) found.push(rule)
  return found
}

const none: readonly string[] = []

/** What is wrong with a DNS label of RFC 1123: the name of a namespace, a container, a volume. */
export function labelComplaints(value: string): readonly string[] {
  // Of what would do elsewhere only the dots are wrong.
  const rule = subdomainForm.test(value) ? "must not contain dots" : labelRule
  return complaints(value, 63, labelForm, rule)
}

/** What is wrong with a DNS label of RFC 1035: the name of a Service. */
export function oldLabelComplaints(value: string): readonly string[] {
  return complaints(value, 63, oldLabelForm, oldLabelRule)
}

/** What is wrong with a DNS subdomain: most names. */
export function subdomainComplaints(value: string): readonly string[] {
  return complaints(value, 253, subdomainForm, subdomainRule)
}

/** What is wrong with a key of labels or annotations: `name` or `domain/name`. */
export function qualifiedComplaints(key: string): readonly string[] {
  const parts = key.split("/")
  const [first = "", second] = parts
  if (parts.length > 2) {
    const rule =
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    const text = form(rule, qualifiedPattern, "MyName", "my.name", "123-abc")
    return [`${text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const found: string[] = []
  const name = second ?? first
  if (second !== undefined) {
    if (first === "") found.push("prefix part must be non-empty")
    else found.push(...subdomainComplaints(first).map((each) => `prefix part ${each}`))
  }
  if (name === "") found.push("name part must be non-empty")
  else if (name.length > 63) found.push(`name part ${length(63)}`)
  if (!qualifiedForm.test(name)) found.push(qualifiedRule)
  return found.length === 0 ? none : found
}

/** What is wrong with the value of a label. */
export function labelValueComplaints(value: string): readonly string[] {
  if (value === "") return none
  return complaints(value, 63, qualifiedForm, valueRule)
}

/** What is wrong with a key of a ConfigMap or a Secret. */
export function configKeyComplaints(key: string): readonly string[] {
  const found: string[] = []
  if (key.length > 253) found.push(length(253))
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) found.push(keyRule)
  if (key === ".") found.push("must not be '.'")
  if (key === ".." || key.startsWith("..")) found.push("must not start with '..'")
  return found
}

/** What is wrong with the name of a port. */
export function portNameComplaints(name: string): readonly string[] {
  const found: string[] = []
  if (name.length > 15) found.push("must be no more than 15 characters")
  if (!/^[-a-z0-9]+$/i.test(name)) {
    found.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
  }
  if (!/[a-z]/i.test(name)) found.push("must contain at least one letter (a-z)")
  if (name.includes("--")) found.push("must not contain consecutive hyphens")
  if (name.startsWith("-") || name.endsWith("-")) {
    found.push("must not begin or end with a hyphen")
  }
  return found
}
