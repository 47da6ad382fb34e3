import { ClusterError, isClusterError, type WriteOptions } from "@argo-ts/k8s"
import {
  type FieldError,
  forbiddenField,
  invalidOptions,
  tooLong,
  unsupported,
  wrong,
} from "../api/errors.js"
import { goTexts } from "../validation/go-value.js"
import { duplicateFields } from "./duplicate-fields.js"
import { type ApiRequest, contentType, isOn } from "./request.js"
import type { Route } from "./route.js"

const managerBytesMax = 128
const validations = ["Ignore", "Warn", "Strict"] as const

/** Options of a write as a query says them, which always name a manager. */
export type NamedWriteOptions = WriteOptions & { readonly fieldManager: string }

const optionKinds: { readonly [method: string]: string } = {
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
}

/** The client's name, up to its version. */
function managerOf({ query, headers }: ApiRequest): string {
  const asked = query.get("fieldManager") ?? ""
  if (asked !== "") return asked
  const client = (headers["user-agent"] ?? "").split("/")[0] ?? ""
  return client === "" ? "unknown" : client
}

function managerErrors(manager: string): readonly FieldError[] {
  if (Buffer.byteLength(manager) > managerBytesMax)
    return [tooLong("fieldManager", managerBytesMax)]
  const isPrintable = /^[^\p{C}]*$/u.test(manager)
  return isPrintable
    ? []
    : [wrong("fieldManager", manager, "should only contain printable characters")]
}

/** Complaints about how dry a run is to be. */
export function dryRunErrors(asked: readonly string[]): readonly FieldError[] {
  if (asked.every((each) => each === "All")) return []
  const message = `Unsupported value: ${goTexts(asked)}: supported values: "All"`
  return [{ field: "dryRun", reason: "FieldValueNotSupported", message }]
}

/** Complaints about the options of a write. */
function optionErrors(request: ApiRequest): readonly FieldError[] {
  const { query, method } = request
  const errors: FieldError[] = []
  const isApply = contentType(request) === "application/apply-patch+yaml"
  errors.push(...dryRunErrors(query.getAll("dryRun").filter((each) => each !== "")))
  if (method === "PATCH" && query.has("force") && !isApply)
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"))
  if (method !== "DELETE") {
    errors.push(...managerErrors(query.get("fieldManager") ?? ""))
    const validation = query.get("fieldValidation") ?? ""
    if (validation !== "" && !validations.some((each) => each === validation))
      errors.push(unsupported("fieldValidation", validation, ["", ...validations]))
  }
  return errors
}

/** The options of a write; those that are none are refused all at once. */
export function writeOptions(
  request: ApiRequest,
  route: Route,
  onWarning: (text: string) => void,
): NamedWriteOptions {
  const errors = optionErrors(request)
  const { query, method } = request
  if (errors.length > 0) throw invalidOptions(optionKinds[method] ?? "CreateOptions", errors)
  const fieldValidation = validations.find((each) => each === query.get("fieldValidation"))
  return {
    fieldManager: managerOf(request),
    onWarning,
    ...(query.getAll("dryRun").includes("All") && { dryRun: true }),
    ...(route.subresource !== undefined && { subresource: route.subresource }),
    ...(fieldValidation !== undefined && { fieldValidation }),
  }
}

/** True where an apply may take fields from others. */
export function isForced({ query }: ApiRequest): boolean {
  return isOn(query, "force")
}

/**
 * Writes a body whose fields may be there twice: refused, warned of or ignored as unknown ones are, and in one breath
 * with them.
 */
export async function writeChecked<T>(
  request: ApiRequest,
  options: NamedWriteOptions,
  write: (options: NamedWriteOptions) => Promise<T>,
): Promise<T> {
  const { fieldValidation = "Warn", onWarning } = options
  const isJson = /[/+]json$/.test(contentType(request))
  if (fieldValidation === "Ignore" || !isJson) return write(options)
  const repeated = duplicateFields(request.body.toString("utf8"))
  const texts = repeated.map((field) => `duplicate field ${JSON.stringify(field)}`)
  if (texts.length === 0) return write(options)
  if (fieldValidation === "Warn") {
    const result = await write(options)
    for (const text of texts) onWarning?.(text)
    return result
  }
  const heading = "strict decoding error: "
  try {
    await write({ ...options, dryRun: true })
  } catch (error) {
    const isStrict = isClusterError(error, "BadRequest") && String(error).includes(heading)
    if (!isStrict) throw error
    throw new ClusterError("BadRequest", [(error as Error).message, ...texts].join(", "))
  }
  throw new ClusterError("BadRequest", heading + texts.join(", "))
}
