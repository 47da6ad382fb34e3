import { describe, expect, test } from "vitest"
import type { ForeignApplication } from "../api/foreign.js"
import {
  applicationUpdates,
  desiredRevisions,
  isAuthorized,
  judgeSync,
  syncPatch,
} from "./application-sync.js"

const repoURL = "https://git.example.com/env.git"
const application = (more: Partial<ForeignApplication> = {}): ForeignApplication => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd" },
  spec: { source: { repoURL, targetRevision: "main" } },
  ...more,
})
const updateOf = (...sources: readonly object[]) => {
  const [update] = applicationUpdates({ apps: [{ name: "shop", sources: sources as never }] })
  if (update === undefined) throw new Error("one update")
  return update
}

test("what a configuration asks for", () => {
  const selector = { matchLabels: { app: "shop" } }
  const sources = [{ repoURL, chart: "c", desiredRevision: "1", updateTargetRevision: true }]
  expect(
    applicationUpdates({ apps: [{ name: "a" }, { selector, namespace: "other", sources }] }),
  ).toEqual([
    { name: "a", selector: undefined, namespace: "argocd", sources: [] },
    {
      name: undefined,
      selector,
      namespace: "other",
      sources: [
        {
          repoURL,
          chart: "c",
          desiredRevision: "1",
          isTargetUpdated: true,
          images: [],
          parameters: [],
        },
      ],
    },
  ])
  expect(applicationUpdates({})).toEqual([])
})

test.each([
  ["shop:dev", true],
  ["other:dev, shop:dev", true],
  ["shop:dev2", false],
  ["shop:*", false],
  ["*:dev", false],
  ["", false],
])("authorized-stage %j: %s", (value, expected) => {
  const metadata = { name: "shop", annotations: { "kargo.akuity.io/authorized-stage": value } }
  expect(isAuthorized(application({ metadata }), "shop", "dev")).toBe(expected)
  expect(isAuthorized(application(), "shop", "dev")).toBe(false)
})

describe("desired revisions", () => {
  const sources = [{ repoURL: "https://GIT.example.com/env" }, { repoURL, chart: "c" }, { repoURL }]
  test("go to the first source of the repository and chart, however its URL is written", () => {
    const app = application({ spec: { sources } })
    const update = updateOf({ repoURL, desiredRevision: "abc" }, { repoURL, chart: "c" })
    expect(desiredRevisions(app, update)).toEqual(["abc", "", ""])
    expect(desiredRevisions(application(), updateOf())).toEqual([""])
    expect(desiredRevisions(application({ spec: {} }), updateOf())).toEqual([])
  })
  test("of a repository that the Application does not have there are none", () => {
    expect(desiredRevisions(application(), updateOf({ repoURL: "https://x/y" }))).toBeUndefined()
    expect(desiredRevisions(application(), updateOf({ repoURL, chart: "c" }))).toBeUndefined()
  })
})

describe("whether to sync", () => {
  const info = [{ name: "kargo.akuity.io/promotion", value: "p" }]
  const ours = { info, initiatedBy: { username: "kargo-controller" } }
  const judge = (operationState: object | undefined, operation?: object, revisions = ["abc"]) =>
    judgeSync(
      application({
        ...(operation === undefined ? {} : { operation: operation as never }),
        status: operationState === undefined ? {} : { operationState },
      }),
      "p",
      revisions,
    )
  const rows: readonly (readonly [string, ReturnType<typeof judge>, string])[] = [
    ["nothing ran yet", judge(undefined), "Sync"],
    ["an operation is asked for", judge(undefined, {}), "Wait"],
    ["another's runs", judge({ phase: "Running", operation: {} }), "Wait"],
    ["another's has not begun", judge({ operation: {} }), "Wait"],
    ["another's terminates", judge({ phase: "Terminating", operation: {} }), "Wait"],
    ["another's has ended", judge({ phase: "Succeeded", operation: {} }), "Sync"],
    ["ours runs", judge({ phase: "Running", operation: ours }), "Wait"],
    ["ours ended without a result", judge({ phase: "Succeeded", operation: ours }), "Sync"],
    [
      "ours ended elsewhere",
      judge({ phase: "Succeeded", operation: ours, syncResult: { revision: "def" } }),
      "Sync",
    ],
    [
      "ours ended there",
      judge({ phase: "Succeeded", operation: ours, syncResult: { revision: "abc" } }),
      "Done",
    ],
    [
      "a person's, for this promotion",
      judge({
        phase: "Succeeded",
        operation: { info, initiatedBy: { username: "email:ann@example.com" } },
        syncResult: { revision: "abc" },
      }),
      "Done",
    ],
    [
      "no revision matters",
      judge({ phase: "Succeeded", operation: ours, syncResult: {} }, undefined, [""]),
      "Done",
    ],
    [
      "one of several sources is elsewhere",
      judge(
        { phase: "Succeeded", operation: ours, syncResult: { revisions: ["a", "b", "c"] } },
        undefined,
        ["a", "x"],
      ),
      "Sync",
    ],
    ["ours failed", judge({ phase: "Failed", operation: ours }), "Failed"],
  ]
  test.each(rows)("%s", (_title, verdict, expected) => expect(verdict.type).toBe(expected))
  test("a failure says what Argo CD says", () => {
    expect(judge({ phase: "Error", operation: ours, message: "no such path" })).toEqual({
      type: "Failed",
      message: "Application shop: no such path",
    })
    expect(judge({ phase: "Error", operation: ours })).toMatchObject({
      message: "Application shop: sync ended as Error",
    })
  })
})

describe("the patch that starts a sync", () => {
  const by = { name: "p", actor: "controller:promotion" }

  test("one source: revision, refresh, who and why; the last operation is cleared", () => {
    const update = updateOf({ repoURL, desiredRevision: "abc", updateTargetRevision: true })
    expect(syncPatch(application(), update, ["abc"], by)).toEqual({
      metadata: { annotations: { "argocd.argoproj.io/refresh": "hard" } },
      spec: { source: { repoURL, targetRevision: "abc" } },
      operation: {
        initiatedBy: { username: "kargo-controller", automated: true },
        info: [
          { name: "Reason", value: expect.any(String) },
          { name: "kargo.akuity.io/promotion", value: "p" },
        ],
        sync: { revision: "abc" },
      },
      status: { operationState: null },
    })
  })

  test("a person's sync is manual", () => {
    const patch = syncPatch(application(), updateOf(), [""], { name: "p", actor: "email:a@x" })
    expect(patch["operation"]).toMatchObject({
      initiatedBy: { username: "email:a@x", automated: false },
      sync: {},
    })
    const nobody = syncPatch(application(), updateOf(), [""], { name: "p", actor: "" })
    expect(nobody["operation"]).toMatchObject({ initiatedBy: { automated: true } })
  })

  test("several sources, images, parameters, and the policy of the Application", () => {
    const syncPolicy = { retry: { limit: 2 }, syncOptions: ["CreateNamespace=true"] }
    const parameters = [
      { name: "image.tag", value: "0" },
      { name: "keep", value: "1" },
    ]
    const sources = [
      { repoURL, kustomize: { namePrefix: "x-" } },
      { repoURL: "https://charts.example.com", chart: "c", helm: { parameters, releaseName: "r" } },
      { repoURL: "https://git.example.com/other" },
    ]
    const update = updateOf(
      {
        repoURL,
        kustomize: {
          images: [
            { repoURL: "r/a", tag: "1" },
            { repoURL: "r/b", newName: "m/b", digest: "sha256:2" },
          ],
        },
      },
      {
        repoURL: "https://charts.example.com",
        chart: "c",
        desiredRevision: "1.2.3",
        helm: { images: [{ key: "image.tag", value: "1" }] },
      },
    )
    const patch = syncPatch(
      application({ spec: { sources, syncPolicy } }),
      update,
      ["", "1.2.3", ""],
      by,
    )
    expect(patch).toMatchObject({
      spec: {
        sources: [
          { repoURL, kustomize: { namePrefix: "x-", images: ["r/a:1", "r/b=m/b@sha256:2"] } },
          {
            chart: "c",
            helm: {
              releaseName: "r",
              parameters: [
                { name: "keep", value: "1" },
                { name: "image.tag", value: "1", forceString: true },
              ],
            },
          },
          { repoURL: "https://git.example.com/other" },
        ],
      },
      operation: {
        sync: { revisions: ["", "1.2.3", ""], syncOptions: ["CreateNamespace=true"] },
        retry: { limit: 2 },
      },
    })
    expect(syncPatch(application({ spec: {} }), updateOf(), [], by)).not.toHaveProperty("spec")
  })
})
