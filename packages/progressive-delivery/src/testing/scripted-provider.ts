import type { MeasuredResult } from "../core/analysis/measured.js"
import type { MetricProvider, MetricProviders, MetricQuestion } from "../metrics/metric-provider.js"

/** What a metric answers, one after the other; the last answer stays. A function is asked each time. */
export type MetricScript =
  | readonly MeasuredResult[]
  | ((question: MetricQuestion) => MeasuredResult)

/** A provider that answers from a script, by the name of the metric. Unknown metrics fail. */
export function createScriptedProvider(scripts: {
  readonly [metric: string]: MetricScript
}): MetricProvider {
  const asked = new Map<string, number>()
  return {
    async measure(question) {
      const script = Object.hasOwn(scripts, question.metric) ? scripts[question.metric] : undefined
      if (typeof script === "function") return { result: script(question) }
      const number = asked.get(question.metric) ?? 0
      asked.set(question.metric, number + 1)
      const result = script?.[Math.min(number, script.length - 1)]
      return {
        result: result ?? {
          type: "Failure",
          message: `no script for the metric "${question.metric}"`,
        },
      }
    },
  }
}

/** The same scripted provider wherever a provider is asked for. */
export function scriptedProviders(scripts: {
  readonly [metric: string]: MetricScript
}): MetricProviders {
  const provider = createScriptedProvider(scripts)
  return { web: provider, prometheus: provider }
}
