import fc from "fast-check"
import { expect, test } from "vitest"
import { Roster, type RosterEntry } from "./roster.js"

test("finds what came and has not gone, whenever it is asked", () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom("add", "delete", "find"),
      key: fc.integer({ max: 9, min: 0 }),
    }),
  )
  fc.assert(
    fc.property(steps, (calls) => {
      const roster = new Roster()
      const model = new Map<string, RosterEntry>()
      for (const { what, key: digit } of calls) {
        const key = String(digit)
        const known = model.get(key)
        if (what === "add" && known === undefined) {
          const entry = { key, place: -1 }
          roster.add(entry)
          model.set(key, entry)
        } else if (what === "delete" && known !== undefined) {
          roster.delete(known)
          roster.delete(known)
          model.delete(key)
        } else if (what === "find") expect(roster.find(key)).toBe(known)
      }
      expect(roster.size).toBe(model.size)
      expect(new Set(roster.all())).toEqual(new Set(model.values()))
    }),
  )
})
