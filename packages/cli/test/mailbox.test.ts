import { expect, test } from "vitest"
import { post, receive } from "../src/workflows/mailbox.js"
import { directoryWith } from "./harness.js"

test("what is said to a run is handed on in order; after its end nothing is", async () => {
  const directory = directoryWith({})
  const seen: string[] = []
  let told: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    told = resolve
  })
  const box = receive(directory, "shop/a", (event) => {
    seen.push(event.type)
    box.close()
    told()
  })
  // Both are there before the system tells of the first.
  post(directory, "shop/a", { type: "Shutdown", strategy: "Stop" })
  post(directory, "shop/a", { type: "Resume" })
  await ended
  // Whatever the system still tells comes before this.
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual(["Shutdown"])
})
