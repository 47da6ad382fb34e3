import { expect, test } from "vitest"
import type { Template } from "../api/template.js"
import { mountFault } from "./mounts.js"
import type { Run } from "./run.js"

const run = { spec: { volumes: [{ name: "here" }] } } as unknown as Run
const mounts = (name: string) => ({ name: "c", image: "i", volumeMounts: [{ name }] })

test.each([
  ["container", (name: string) => ({ container: mounts(name) })],
  ["script", (name: string) => ({ script: { ...mounts(name), source: "" } })],
  [
    "containerSet",
    (name: string) => ({ containerSet: { containers: [], volumeMounts: [{ name }] } }),
  ],
  [
    "containers of a set",
    (name: string) => ({ containerSet: { containers: [mounts("here"), mounts(name)] } }),
  ],
  [
    "initContainers",
    (name: string) => ({ container: mounts("here"), initContainers: [mounts(name)] }),
  ],
  ["sidecars", (name: string) => ({ container: mounts("here"), sidecars: [mounts(name)] })],
])("a volume that nobody declares is missed in %s", (_, templateOf) => {
  expect(mountFault(run, templateOf("here") as Template)).toBeUndefined()
  const message = "volume 'away' not found in workflow spec"
  expect(mountFault(run, templateOf("away") as Template)).toBe(message)
})
