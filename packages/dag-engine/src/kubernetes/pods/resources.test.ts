import { expect, test } from "vitest"
import type { PodObject } from "./kinds.js"
import { resourcesDuration } from "./resources.js"

function ended(name: string, seconds: number) {
  const finishedAt = new Date(seconds * 1000).toISOString()
  const terminated = { exitCode: 0, startedAt: "1970-01-01T00:00:00Z", finishedAt }
  return { name, state: { terminated } }
}

test("each container counts what it requests, else its limit, else a little, for as long as it ran", () => {
  const pod: PodObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: {
      initContainers: [{ name: "init" }],
      containers: [
        {
          name: "main",
          resources: {
            requests: { cpu: "2", "nvidia.com/gpu": "1", "ephemeral-storage": "20Gi" },
            limits: { cpu: "4", memory: "1Gi" },
          },
        },
        { name: "wait" },
        { name: "never" },
      ],
    },
    status: {
      initContainerStatuses: [ended("init", 25)],
      containerStatuses: [ended("main", 10), ended("wait", 11), { name: "never" }],
    },
  }
  expect(resourcesDuration(pod)).toEqual({
    // 0.1 × 25, 2 × 10 and 0.1 × 11, each in whole seconds.
    cpu: 2 + 20 + 1,
    // 100Mi is one, 1Gi is 10.24.
    memory: 25 + 102 + 11,
    "nvidia.com/gpu": 10,
    "ephemeral-storage": 20,
  })
})
