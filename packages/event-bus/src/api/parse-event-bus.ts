import { failed, ok, type Result } from "@argo-ts/kernel"
import type { EventBus } from "./event-bus.js"
import { checkManifest, type Findings, invalid, requireText } from "./manifest.js"

function checkSpec(bus: EventBus, findings: Findings): void {
  const { nats, jetstream } = bus.spec
  const path = ["spec"]
  if (nats === undefined && jetstream === undefined) {
    invalid(findings, path, "expected one of nats, jetstream, jetstreamExotic and kafka")
  }
  if (nats !== undefined && jetstream !== undefined) {
    invalid(findings, path, "expected one bus, found both nats and jetstream")
  }
  if (nats !== undefined && nats.native === undefined) {
    invalid(findings, [...path, "nats"], "expected native or exotic")
  }
  if (jetstream === undefined) return
  requireText(findings, [...path, "jetstream", "version"], jetstream.version)
  const { replicas = 3 } = jetstream
  if (replicas !== 1 && replicas < 3) {
    const message = `expected 1 replica or at least 3, found ${replicas}`
    invalid(findings, [...path, "jetstream", "replicas"], message)
  }
}

/** Reads an EventBus, or lists everything that is wrong with it. */
export function parseEventBus(value: unknown): Result<EventBus> {
  const { findings, manifest } = checkManifest("EventBus", value)
  if (findings.issues.length > 0) return failed(findings.issues)
  const bus = manifest as EventBus
  checkSpec(bus, findings)
  return findings.issues.length > 0 ? failed(findings.issues) : ok(bus)
}
