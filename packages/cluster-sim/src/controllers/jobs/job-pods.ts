import { controllerReference, type Stored } from "@argo-ts/kernel"
import type { Container, Pod, PodSpec } from "../workloads.js"
import { failuresMark, ignoredFailuresMark, indexMark, type Job, trackingFinalizer } from "./job.js"
import type { JobPod } from "./job-decision.js"

const prefixMax = 58

/** What tells a container its completion index. */
const indexVariable = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexMark}']` } },
} as const

function withIndex(container: Container): Container {
  const { env = [] } = container
  if (env.some(({ name }) => name === indexVariable.name)) return container
  return { ...container, env: [...env, indexVariable] }
}

function indexedSpec(spec: PodSpec, hostname: string): PodSpec {
  const { initContainers } = spec
  return {
    ...spec,
    containers: spec.containers.map(withIndex),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withIndex) }),
    hostname,
  }
}

function marksOf({ index, failures }: JobPod): { readonly [name: string]: string } {
  return {
    ...(index === undefined ? {} : { [indexMark]: `${index}` }),
    ...(failures === undefined ? {} : { [failuresMark]: `${failures.counted}` }),
    ...(failures === undefined || failures.ignored === 0
      ? {}
      : { [ignoredFailuresMark]: `${failures.ignored}` }),
  }
}

/** A pod of a Job, as its template has it. */
export function podOf(job: Stored<Job>, wanted: JobPod): Pod {
  const { namespace, name } = job.metadata
  const { metadata: template = {}, spec } = job.spec.template
  const { index } = wanted
  const tail = index === undefined ? "-" : `-${index}-`
  const generateName = `${name.slice(0, prefixMax - tail.length)}${tail}`
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.labels, ...(index === undefined ? {} : { [indexMark]: `${index}` }) },
      annotations: { ...template.annotations, ...marksOf(wanted) },
      finalizers: [trackingFinalizer],
      ownerReferences: [controllerReference(job)],
    },
    spec: index === undefined ? spec : indexedSpec(spec, spec.hostname ?? `${name}-${index}`),
  }
}
