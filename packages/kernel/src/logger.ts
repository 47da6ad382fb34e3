/** Facts beside a message. Values are JSON; secrets are redacted by key and by value before they are written. */
export type LogFields = { readonly [key: string]: unknown }

/** The one port every driver logs through. Cores never log: their decisions are data, and drivers log those. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** One line to write. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error"
  readonly message: string
  readonly fields: LogFields
}

/** Where a logger writes, and which values it must never show. */
export interface LoggerOptions {
  readonly write: (entry: LogEntry) => void
  /** Texts that are replaced wherever they occur: values read from Secrets. Read anew for each entry. */
  readonly secrets?: () => Iterable<string>
}

const secretKey = /pass(word|wd)?$|secret|token|authorization|api-?key|private-?key|credential/i
const urlUserInfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+(?::[^/\s@]*)?@/gi
const hidden = "[redacted]"
const depthMax = 8

/** A logger that redacts before it writes: by field name, by known secret value, and user info in URLs. */
export function createLogger(options: LoggerOptions): Logger {
  const log = (level: LogEntry["level"], message: string, fields: LogFields = {}): void => {
    const secrets = [...(options.secrets?.() ?? [])].filter((secret) => secret.length >= 4)
    const clean = redactValue(fields, secrets, 0) as LogFields
    options.write({ level, message: redactText(message, secrets), fields: clean })
  }
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
  }
}

/** A logger that writes nowhere. */
export const silentLogger: Logger = createLogger({ write: () => {} })

/** Replaces known secrets and user info in URLs. */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = text.replace(urlUserInfo, `$1${hidden}@`)
  for (const secret of secrets) clean = clean.replaceAll(secret, hidden)
  return clean
}

function redactValue(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === "string") return redactText(value, secrets)
  if (value instanceof Error) return redactText(`${value.name}: ${value.message}`, secrets)
  if (typeof value !== "object" || value === null) return value
  if (depth >= depthMax) return "[deep]"
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretKey.test(key) ? hidden : redactValue(inner, secrets, depth + 1),
    ]),
  )
}
