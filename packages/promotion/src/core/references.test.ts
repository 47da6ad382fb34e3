import { expect, test } from "vitest"
import { freightFixture } from "../testing/index.js"
import { annotation } from "./annotations.js"
import { freightCollectionId } from "./identity.js"
import { stageLabel, stageLabelValue, stageNamedBy } from "./labels.js"
import { collectionOf, referenceOf } from "./references.js"

const fixture = freightFixture("a")

test("a reference has what the Freight holds, and nothing else", () => {
  const commits = [{ repoURL: "x", id: "1" }]
  const charts = [{ repoURL: "c", version: "1" }]
  const artifacts = [{ artifactType: "t", subscriptionName: "s", version: "1" }]
  expect(referenceOf({ ...fixture, commits, charts, artifacts })).toStrictEqual({
    name: fixture.metadata.name,
    origin: fixture.origin,
    commits,
    images: fixture.images,
    charts,
    artifacts,
  })
  const { images: _none, ...bare } = fixture
  expect(referenceOf(bare)).toStrictEqual({ name: fixture.metadata.name, origin: fixture.origin })
})

test("a collection is by origin, in order, and named by its Freight", () => {
  const of = (name: string, warehouse: string) => ({
    name,
    origin: { kind: "Warehouse", name: warehouse } as const,
  })
  const collection = collectionOf([of("1", "b"), of("2", "a")])
  expect(collection).toEqual({
    id: freightCollectionId(["1", "2"]),
    items: { "Warehouse/a": of("2", "a"), "Warehouse/b": of("1", "b") },
  })
  expect(Object.keys(collection.items)).toEqual(["Warehouse/a", "Warehouse/b"])
})

test("a name that is too long for a label is cut, and told apart by a hash", () => {
  const fits = "s".repeat(63)
  expect(stageLabelValue(fits)).toBe(fits)
  expect(stageLabel(fits)).toEqual({ labels: { [annotation.stage]: fits }, annotations: {} })
  const long = "s".repeat(64)
  const value = stageLabelValue(long)
  expect(value).toMatch(/^s{54}-[0-9a-f]{8}$/)
  expect(stageLabel(long)).toEqual({
    labels: { [annotation.stage]: value },
    annotations: { [annotation.stage]: long },
  })
  expect(stageLabelValue(`${long}x`)).not.toBe(value)
  expect(stageLabelValue(`${"s".repeat(50)}----${"x".repeat(20)}`)).toMatch(/^s{50}-[0-9a-f]{8}$/)
})

test("the Stage that an object names: in full where the label could not", () => {
  const { labels, annotations } = stageLabel("s".repeat(64))
  expect(stageNamedBy({ labels, annotations })).toBe("s".repeat(64))
  expect(stageNamedBy({ labels: { [annotation.stage]: "dev" } })).toBe("dev")
  expect(stageNamedBy({})).toBeUndefined()
})
