import { expect, test } from "vitest"
import { runReadmeExample } from "../../../scripts/readme-example.mjs"

test("the example of the README prints what it says", async () => {
  const example = await runReadmeExample(import.meta.url, () => import("./readme-example.js"))
  expect(example.printed).toEqual(example.promised)
})
