import type { KubernetesObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { addOwner, isOwnedBy, removeOwner, setController } from "./owners.js"

const object = (kind: string, name: string, namespace?: string): KubernetesObject => ({
  apiVersion: "example.com/v1",
  kind,
  metadata: { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }) },
})
const owner = object("Owner", "a", "ns")
const child = object("Child", "c", "ns")

test("an object has one controller, and takes a newer uid or version of it", () => {
  const owned = setController(child, owner)
  expect(owned.metadata.ownerReferences).toEqual([
    {
      apiVersion: "example.com/v1",
      kind: "Owner",
      name: "a",
      uid: "uid-a",
      controller: true,
      blockOwnerDeletion: true,
    },
  ])
  const reborn = {
    ...owner,
    apiVersion: "example.com/v2",
    metadata: { ...owner.metadata, uid: "2" },
  }
  expect(setController(owned, reborn).metadata.ownerReferences).toMatchObject([{ uid: "2" }])
  expect(() => setController(owned, object("Owner", "b", "ns"))).toThrow(
    'Child "c" is managed by Owner "a" and cannot be by Owner "b"',
  )
  expect(child.metadata.ownerReferences).toBeUndefined()
})

test("further owners come and go beside the controller", () => {
  const other = object("Owner", "b", "ns")
  const shared = addOwner(setController(child, owner), other)
  expect([owner, other].map((each) => isOwnedBy(shared, each))).toEqual([true, true])
  const left = removeOwner(shared, owner)
  expect(left.metadata.ownerReferences).toMatchObject([{ name: "b" }])
  expect(removeOwner(left, owner)).toBe(left)
})

test("owners of another namespace are refused, cluster-scoped ones are not", () => {
  expect(() => addOwner(child, object("Owner", "a", "elsewhere"))).toThrow("in the namespace of")
  expect(() => addOwner(object("Child", "c"), owner)).toThrow("in none")
  expect(isOwnedBy(addOwner(child, object("Owner", "a")), object("Owner", "a"))).toBe(true)
})
