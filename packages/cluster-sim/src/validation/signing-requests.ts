import { type FieldError, forbiddenField, required, wrong } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { text, texts } from "./values.js"

const pem = /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\n/

interface Condition {
  readonly type?: string
  readonly status?: string
}

function typesOf(status: ReturnType<typeof part>): readonly string[] {
  const conditions = (status["conditions"] ?? []) as readonly Condition[]
  return conditions.map(({ type = "" }) => type)
}

function checkConditions(status: ReturnType<typeof part>, errors: FieldError[]): void {
  const field = "status.conditions"
  const types = typesOf(status)
  for (const [index, { type = "", status: is = "" }] of (
    (status["conditions"] ?? []) as readonly Condition[]
  ).entries()) {
    const isDecision = ["Approved", "Denied", "Failed"].includes(type)
    if (type === "") errors.push(required(`${field}[${index}].type`))
    if (is === "") errors.push(required(`${field}[${index}].status`))
    else if (isDecision && is !== "True") {
      const why = `${type} condition must be true`
      errors.push(wrong(`${field}[${index}].status`, is, why))
    }
  }
  if (types.includes("Approved") && types.includes("Denied")) {
    const why = "Approved and Denied conditions are mutually exclusive"
    errors.push(wrong(field, "Denied", why))
  }
}

/** What is wrong with a CertificateSigningRequest: what was decided stays decided. */
export const checkSigningRequest: Check = ({ object, before }, errors) => {
  const spec = part(object, "spec")
  const request = Buffer.from(text(spec, "request"), "base64").toString("utf8")
  if (!pem.test(request)) {
    errors.push(wrong("spec.request", "<bytes>", "PEM block type must be CERTIFICATE REQUEST"))
  }
  if (texts(spec, "usages").length === 0) errors.push(required("spec.usages"))
  const signer = text(spec, "signerName")
  if (signer === "") errors.push(required("spec.signerName"))
  else if (!/^[^/]+\.[^/]+\/[^/]+$/.test(signer)) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    errors.push(wrong("spec.signerName", signer, why))
  }
  const status = part(object, "status")
  checkConditions(status, errors)
  const kept = typesOf(status)
  for (const type of typesOf(before === undefined ? {} : part(before, "status"))) {
    if (kept.includes(type) || !["Approved", "Denied", "Failed"].includes(type)) continue
    const why = `updates may not remove a condition of type "${type}"`
    errors.push(forbiddenField("status.conditions", why))
  }
}
