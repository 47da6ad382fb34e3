import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { warehouseFixture } from "../testing/index.js"
import { freightFrom, newFreight } from "./freight-content.js"
import { freightName } from "./identity.js"

const repoURL = "https://git.example.com/app"
const origin = { kind: "Warehouse", name: "shop" } as const
const warehouse = warehouseFixture([])

test("little found gives little: fields that are not known are not there", () => {
  const commits = [{ repoURL, id: "abc" }]
  expect(freightFrom(warehouse, { git: [{ repoURL, commits: [{ id: "abc" }] }] })).toStrictEqual({
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Freight",
    metadata: { name: freightName({ origin, commits, images: [] }), namespace: "shop" },
    origin,
    commits,
  })
  const images = [{ repoURL: "r/a", tag: "1", digest: "d" }]
  const { namespace: _none, ...metadata } = warehouse.metadata
  expect(
    freightFrom(
      { ...warehouse, metadata },
      { images: [{ repoURL: "r/a", references: [{ tag: "1", digest: "d" }] }] },
    ),
  ).toStrictEqual({
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Freight",
    metadata: { name: freightName({ origin, commits: [], images }) },
    origin,
    images,
  })
})

test("a subscription without results gives nothing; its name goes along", () => {
  const found = {
    git: [{ repoURL, commits: [] }],
    images: [
      { repoURL: "r/a", references: [] },
      { repoURL: "r/b", subscriptionName: "b", references: [{ tag: "1", digest: "d" }] },
    ],
  }
  const freight = freightFrom(warehouse, found)
  expect(freight).not.toHaveProperty("commits")
  expect(freight.images).toStrictEqual([
    { repoURL: "r/b", tag: "1", digest: "d", subscriptionName: "b" },
  ])
})

test("new Freight has an alias of its own, drawn from its name, and its label", () => {
  const content = freightFrom(warehouse, {
    images: [{ repoURL: "r/a", references: [{ tag: "1", digest: "d" }] }],
  })
  const first = newFreight(content, [], epochMs(0))
  expect(first).toMatchObject({
    discoveredAt: "1970-01-01T00:00:00Z",
    metadata: { namespace: "shop", labels: { "kargo.akuity.io/alias": first.alias } },
  })
  expect(newFreight(content, [{}, { alias: "x" }], epochMs(0)).alias).toBe(first.alias)
  const second = newFreight(content, [{ alias: first.alias ?? "" }], epochMs(0))
  expect(second.alias).not.toBe(first.alias)
  const other = freightFrom(warehouse, {
    images: [{ repoURL: "r/a", references: [{ tag: "2", digest: "e" }] }],
  })
  expect(newFreight(other, [], epochMs(0)).alias).not.toBe(first.alias)
})
