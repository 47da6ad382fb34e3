import { epochMs, formatInstant } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { systemZones } from "../zones/index.js"
import { compileCron } from "./index.js"

const at = (text: string): ReturnType<typeof epochMs> => epochMs(Date.parse(text))

test.each([
  ["*/15 * * * *", "2024-01-01T00:00:00Z", "2024-01-01T00:15:00Z"],
  ["0 9 * * MON-FRI", "2024-01-05T10:00:00Z", "2024-01-08T09:00:00Z"],
  ["0 0 13 * 5", "2024-01-01T00:00:00Z", "2024-01-05T00:00:00Z"],
  ["@every 90s", "2024-01-01T00:00:00Z", "2024-01-01T00:01:30Z"],
  ["CRON_TZ=America/New_York 30 2 * * *", "2024-03-09T12:00:00Z", "2024-03-11T06:30:00Z"],
])("%s after %s", (source, after, next) => {
  const compiled = compileCron(source, { zones: systemZones })
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  const found = compiled.value.next(at(after))
  expect(found === undefined ? found : formatInstant(found)).toBe(next)
})

test("7 is no weekday, and descriptors can be refused", () => {
  expect(compileCron("0 0 * * 7").ok).toBe(false)
  expect(compileCron("@daily", { descriptors: false }).ok).toBe(false)
})
