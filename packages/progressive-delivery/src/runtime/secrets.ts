import type { Cluster } from "@argo-ts/k8s"
import { type ObjectKey, own, redactText } from "@argo-ts/kernel"
import type { SecretKeyReference } from "../api/analysis.js"
import { secrets } from "../api/foreign.js"
import type { MetricProviderSpec } from "../api/metric-provider.js"
import { substituteArguments } from "../core/analysis/substitution.js"
import { failure, type MetricAnswer } from "../metrics/metric-provider.js"

/** A provider with its Secrets filled in, and how to hide them again. */
export interface OpenedProvider {
  readonly provider: MetricProviderSpec
  hide(answer: MetricAnswer): MetricAnswer
}

async function readSecret(
  cluster: Cluster,
  key: ObjectKey,
  field: string,
): Promise<string | undefined> {
  const secret = await cluster.get(secrets, key)
  const encoded = own(secret?.data, field)
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8")
}

/** Reads the Secrets a provider needs; answers a sentence where one is missing. Values never leave this module's result. */
export async function openProvider(
  cluster: Cluster,
  namespace: string | undefined,
  provider: MetricProviderSpec,
  references: { readonly [argument: string]: SecretKeyReference },
): Promise<OpenedProvider | string> {
  const values = new Map<string, string>()
  for (const [argument, { name, key }] of Object.entries(references)) {
    const value = await readSecret(
      cluster,
      namespace === undefined ? { name } : { namespace, name },
      key,
    )
    if (value === undefined) return `secret "${name}" has no key "${key}"`
    values.set(argument, value)
  }
  const filled = substituteArguments<MetricProviderSpec>(provider, (name) => values.get(name))
  if (!filled.ok) return filled.issues.map(({ message }) => message).join("; ")
  const hidden = [...values.values()].filter((value) => value !== "")
  return {
    provider: filled.value,
    hide(answer) {
      if (answer.result.type !== "Failure" || hidden.length === 0) return answer
      return failure(redactText(answer.result.message, hidden))
    },
  }
}
