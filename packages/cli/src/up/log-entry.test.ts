import { createLogger } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { formatLogEntry } from "./log-entry.js"

test("a line says what happened, to what and why, and nothing that is not known", () => {
  const lines: string[] = []
  const logger = createLogger({ write: (entry) => void lines.push(formatLogEntry(entry)) })
  logger.error("reconcile failed", { controller: "jobs", key: "a/b", error: new Error("no") })
  logger.warn("slow")
  expect(lines).toEqual([
    "error: reconcile failed (controller jobs, key a/b): Error: no\n",
    "warn: slow\n",
  ])
})
