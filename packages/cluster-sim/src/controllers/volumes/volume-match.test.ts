import { compareQuantities } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { PersistentVolume, VolumeClaim } from "./volume.js"
import { bestVolume, mismatchOf } from "./volume-match.js"

function claim(spec: object = {}): VolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace: "shop", name: "data", uid: "u1" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  }
}

function volume(name: string, storage: string, spec: object = {}): PersistentVolume {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: { capacity: { storage }, accessModes: ["ReadWriteOnce"], ...spec },
    status: { phase: "Available" },
  }
}

const named = (found: PersistentVolume | undefined) => found?.metadata.name

describe("the volume for a claim", () => {
  const many = ["ReadOnlyMany", "ReadWriteOnce"]
  test.each<[string, readonly PersistentVolume[], object, string | undefined]>([
    ["the smallest", [volume("a", "3Gi"), volume("b", "2Gi")], {}, "b"],
    ["none that is too small", [volume("a", "1023Mi")], {}, undefined],
    ["the first by name of equal ones", [volume("b", "1Gi"), volume("a", "1Gi")], {}, "a"],
    [
      "one with no more access modes than needed, though it is larger",
      [volume("a", "1Gi", { accessModes: many }), volume("b", "5Gi")],
      {},
      "b",
    ],
    [
      "its class",
      [volume("a", "1Gi"), volume("b", "1Gi", { storageClassName: "x" })],
      { storageClassName: "x" },
      "b",
    ],
    ["an empty class is none", [volume("a", "1Gi")], { storageClassName: "" }, "a"],
    ["its mode", [volume("a", "1Gi", { volumeMode: "Block" })], {}, undefined],
    [
      "one that is taken for it, whatever its class and size beyond the request",
      [
        volume("a", "1Gi"),
        volume("b", "9Gi", {
          storageClassName: "x",
          claimRef: { namespace: "shop", name: "data" },
        }),
      ],
      {},
      "b",
    ],
    [
      "never one that is another's",
      [volume("a", "1Gi", { claimRef: { namespace: "shop", name: "data", uid: "u0" } })],
      {},
      undefined,
    ],
  ])("%s", (_what, volumes, spec, expected) => {
    expect(named(bestVolume(claim(spec), volumes))).toBe(expected)
  })

  test("waits for a node where it is delayed, and then is one that the node reaches", () => {
    const on = (value: string): object => ({
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "zone", operator: "In", values: [value] }] },
          ],
        },
      },
    })
    const volumes = [volume("a", "1Gi", on("x")), volume("b", "2Gi", on("y"))]
    expect(bestVolume(claim(), volumes, { isDelayed: true })).toBeUndefined()
    const node = { name: "n", labels: { zone: "y" } }
    expect(named(bestVolume(claim(), volumes, { isDelayed: true, node }))).toBe("b")
    expect(bestVolume(claim(), volumes, { node, except: new Set(["b"]) })).toBeUndefined()
  })

  test.each<[object, object, string | undefined]>([
    [{}, {}, undefined],
    [{ capacity: { storage: "1Mi" } }, {}, "requested PV is too small"],
    [{ storageClassName: "x" }, {}, "storageClassName does not match"],
    [{ volumeMode: "Block" }, {}, "incompatible volumeMode"],
    [{}, { accessModes: ["ReadWriteMany"] }, "incompatible accessMode"],
    [{}, { volumeAttributesClassName: "x" }, "volumeAttributesClassName does not match"],
  ])("%j for %j is refused: %s", (ofVolume, ofClaim, why) => {
    expect(mismatchOf(volume("a", "1Gi", ofVolume), claim(ofClaim))).toBe(why)
  })
})

const modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]
const anyVolume = fc
  .record({
    name: fc.stringMatching(/^[a-d]$/),
    gigabytes: fc.integer({ min: 1, max: 9 }),
    accessModes: fc.subarray(modes, { minLength: 1 }),
    storageClassName: fc.constantFrom(undefined, "", "x"),
    isTaken: fc.boolean(),
  })
  .map(({ name, gigabytes, accessModes, storageClassName, isTaken }) =>
    volume(name, `${gigabytes}Gi`, {
      accessModes,
      ...(storageClassName === undefined ? {} : { storageClassName }),
      ...(isTaken ? { claimRef: { namespace: "shop", name: "other", uid: "u2" } } : {}),
    }),
  )

property.prop([
  fc.uniqueArray(anyVolume, { selector: ({ metadata }) => metadata.name, maxLength: 4 }),
  fc.subarray(modes, { minLength: 1 }),
  fc.integer({ min: 1, max: 9 }),
])(
  "the choice suits, is free, is in no order's debt, and nothing tighter suits",
  (volumes, accessModes, gigabytes) => {
    const wanted = claim({ accessModes, resources: { requests: { storage: `${gigabytes}Gi` } } })
    const found = bestVolume(wanted, volumes)
    expect(bestVolume(wanted, volumes.toReversed())).toEqual(found)
    const suitable = volumes.filter(
      (each) => each.spec.claimRef === undefined && mismatchOf(each, wanted) === undefined,
    )
    if (found === undefined) expect(suitable).toEqual([])
    else {
      expect(suitable).toContain(found)
      const fewest = Math.min(...suitable.map(({ spec }) => spec.accessModes?.length ?? 0))
      expect(found.spec.accessModes).toHaveLength(fewest)
      for (const other of suitable) {
        if (other.spec.accessModes?.length !== fewest) continue
        const [own, its] = [found, other].map(({ spec }) => spec.capacity?.["storage"] ?? "0")
        expect(compareQuantities(own as string, its as string)).toBeLessThanOrEqual(0)
      }
    }
  },
)
