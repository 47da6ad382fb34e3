import type { ClusterReader } from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Freight } from "../api/freight.js"
import type { CreateAnalysisRun } from "../core/stage-pass.js"
import { freightFixture } from "../testing/index.js"
import { buildAnalysisRun } from "./analysis-run.js"

const templates: { readonly [key: string]: object } = {
  "AnalysisTemplate/shop/one": {
    spec: {
      metrics: [{ name: "m1" }],
      args: [{ name: "a" }, { name: "b", value: "1" }],
      dryRun: [{ metricName: "m1" }],
    },
  },
  "AnalysisTemplate/shop/two": {
    spec: {
      metrics: [{ name: "m2" }],
      args: [
        { name: "b", value: "1" },
        { name: "c", valueFrom: { secretKeyRef: {} } },
      ],
      measurementRetention: [{ metricName: "m2", limit: 1 }],
    },
  },
  "AnalysisTemplate/shop/clash": { spec: { args: [{ name: "b", value: "2" }] } },
  "ClusterAnalysisTemplate//wide": { spec: { metrics: [{ name: "m3" }] } },
}
const cluster = {
  get: async (kind: Kind, { namespace = "", name }: ObjectKey) =>
    templates[`${kind.kind}/${namespace}/${name}`] as Stored<KubernetesObject> | undefined,
} as unknown as ClusterReader
const freight = ["f1", "f2"].map((name) => ({
  ...freightFixture(name),
  metadata: { name, uid: `uid-${name}`, resourceVersion: "1", creationTimestamp: "" },
})) as unknown as readonly Stored<Freight>[]

const build = (
  names: readonly (string | { readonly name: string; readonly kind: "ClusterAnalysisTemplate" })[],
  args: CreateAnalysisRun["args"] = [{ name: "a", value: "x" }],
  owners: readonly string[] = ["f1"],
) =>
  buildAnalysisRun(
    cluster,
    { namespace: "shop", name: "dev" },
    {
      type: "CreateAnalysisRun",
      key: "k",
      name: "dev.run",
      templates: names.map((name) => (typeof name === "string" ? { name } : name)),
      args,
      labels: { l: "1" },
      annotations: { n: "2" },
      freight: owners,
    },
    freight,
  )

describe("the AnalysisRun of a verification", () => {
  test("joins its templates, takes the Stage's values, and belongs to the Freight", async () => {
    const run = await build(
      ["one", "two", { name: "wide", kind: "ClusterAnalysisTemplate" }],
      [
        { name: "a", value: "x" },
        { name: "unknown", value: "y" },
      ],
    )
    expect(run).toEqual({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AnalysisRun",
      metadata: {
        name: "dev.run",
        namespace: "shop",
        labels: { l: "1" },
        annotations: { n: "2" },
        ownerReferences: [
          {
            apiVersion: "kargo.akuity.io/v1alpha1",
            kind: "Freight",
            name: "f1",
            uid: "uid-f1",
          },
        ],
      },
      spec: {
        metrics: [{ name: "m1" }, { name: "m2" }, { name: "m3" }],
        args: [
          { name: "a", value: "x" },
          { name: "b", value: "1" },
          { name: "c", valueFrom: { secretKeyRef: {} } },
        ],
        dryRun: [{ metricName: "m1" }],
        measurementRetention: [{ metricName: "m2", limit: 1 }],
      },
    })
  })

  test("has nothing that no template has", async () => {
    const run = await build([{ name: "wide", kind: "ClusterAnalysisTemplate" }], [], [])
    expect(run.spec).toEqual({ metrics: [{ name: "m3" }] })
    expect(run.metadata).not.toHaveProperty("ownerReferences")
  })

  test.each([
    [["nope"], "AnalysisTemplate nope does not exist"],
    [["wide"], "AnalysisTemplate wide does not exist"],
    [["one", "clash"], "the AnalysisTemplates give argument b different values"],
  ])("%j cannot be joined", async (names, message) => {
    await expect(build(names)).rejects.toMatchObject({ code: "InvalidVerification", message })
  })

  test("an argument without a value is named", async () => {
    await expect(build(["one"], [])).rejects.toThrow(
      "the AnalysisTemplates need a value for argument a",
    )
  })
})
