import type { EpochMs } from "@argo-ts/kernel"
import { compareText, formatInstant, own } from "@argo-ts/kernel"
import type { FreightCollection, VerificationInfo } from "../api/common.js"
import type { Promotion } from "../api/promotion.js"
import type { AutoPromotionHold, PromotionReference, StageStatus } from "../api/stage.js"
import { annotation } from "./annotations.js"
import { actorOf } from "./create-promotion.js"
import { comparePromotions, isTerminal } from "./references.js"

const historyMax = 10

/** What the Stage has now. */
export function currentCollection(status: StageStatus): FreightCollection | undefined {
  return status.freightHistory?.[0]
}

const endedVerification = new Set(["Successful", "Failed", "Error", "Inconclusive", "Aborted"])

/** True once an AnalysisRun has ended. */
export function isVerificationOver(info: VerificationInfo): boolean {
  return endedVerification.has(info.phase)
}

/** The status with the newest verification of the current collection replaced or put in front. */
export function withVerification(status: StageStatus, info: VerificationInfo): StageStatus {
  const [current, ...older] = status.freightHistory ?? []
  if (current === undefined) return status
  const before = current.verificationHistory ?? []
  const kept = before[0]?.id === info.id ? before.slice(1) : before
  const verificationHistory = [info, ...kept].slice(0, historyMax)
  return { ...status, freightHistory: [{ ...current, verificationHistory }, ...older] }
}

function referenceTo(promotion: Promotion): PromotionReference {
  const { status } = promotion
  return {
    name: promotion.metadata.name ?? "",
    ...(status?.freight === undefined ? {} : { freight: status.freight }),
    ...(status === undefined
      ? {}
      : {
          status: {
            phase: status.phase ?? "Pending",
            ...(status.message === undefined ? {} : { message: status.message }),
            ...(status.freightCollection === undefined
              ? {}
              : { freightCollection: status.freightCollection }),
            ...(status.healthChecks === undefined ? {} : { healthChecks: status.healthChecks }),
          },
        }),
    ...(status?.finishedAt === undefined ? {} : { finishedAt: status.finishedAt }),
  }
}

/** `Warehouse/shop` as an origin. */
function originIn(key: string): Pick<AutoPromotionHold, "origin"> {
  const name = /^Warehouse\/(.+)$/.exec(key)?.[1]
  return name === undefined ? {} : { origin: { kind: "Warehouse", name } }
}

type Holds = { readonly [origin: string]: AutoPromotionHold }

function holdsAfter(holds: Holds, promotion: Promotion): Holds {
  const { annotations } = promotion.metadata
  const held = own(annotations, annotation.hold)
  const resumed = own(annotations, annotation.resume)
  if (promotion.status?.phase === "Aborted") return holds
  if (resumed !== undefined)
    return Object.fromEntries(Object.entries(holds).filter(([origin]) => origin !== resumed))
  if (held === undefined) return holds
  const hold: AutoPromotionHold = {
    freightName: promotion.spec.freight ?? "",
    ...originIn(held),
    promotionName: promotion.metadata.name ?? "",
    actor: actorOf(promotion),
    createdAt: promotion.metadata.creationTimestamp ?? "",
  }
  return { ...holds, [held]: hold }
}

/** Promotions after the last one that the Stage has taken note of, oldest first. */
function newPromotions(
  status: StageStatus,
  promotions: readonly Promotion[],
): readonly Promotion[] {
  const last = status.lastPromotion?.name
  const sorted = promotions.toSorted(comparePromotions)
  if (last === undefined) return sorted
  const at = sorted.findIndex(({ metadata }) => metadata.name === last)
  // Where the last one was deleted meanwhile, names decide: they carry a ULID.
  return at >= 0
    ? sorted.slice(at + 1)
    : sorted.filter(({ metadata }) => compareText(metadata.name ?? "", last) > 0)
}

/** Terminal promotions that the Stage has not taken note of, oldest first. */
export function unseenPromotions(
  status: StageStatus,
  promotions: readonly Promotion[],
): readonly Promotion[] {
  return newPromotions(status, promotions).filter(isTerminal)
}

/** Takes note of one promotion that has ended: last promotion, holds, and, where it succeeded, the history. */
export function replay(status: StageStatus, promotion: Promotion): StageStatus {
  const reference = referenceTo(promotion)
  const inherited = status.lastPromotion?.status?.freightCollection
  const isUnstarted =
    promotion.status?.phase === "Aborted" && promotion.status.freightCollection === undefined
  const lastPromotion =
    isUnstarted && inherited !== undefined && reference.status !== undefined
      ? { ...reference, status: { ...reference.status, freightCollection: inherited } }
      : reference
  const noted: StageStatus = {
    ...status,
    lastPromotion,
    autoPromotionHolds: holdsAfter(status.autoPromotionHolds ?? {}, promotion),
  }
  const collection = promotion.status?.freightCollection
  if (promotion.status?.phase !== "Succeeded" || collection === undefined) return noted
  // Also where the collection is the one that is there: what was promoted anew is verified anew.
  const freightHistory = [collection, ...(status.freightHistory ?? [])].slice(0, historyMax)
  const { health: _health, ...rest } = noted
  return { ...rest, freightHistory }
}

/** Durable holds overlaid by the intents of promotions that the Stage has not taken note of, the newest last. */
export function effectiveHolds(status: StageStatus, promotions: readonly Promotion[]): Holds {
  return newPromotions(status, promotions).reduce(holdsAfter, status.autoPromotionHolds ?? {})
}

/** A verification that needs no AnalysisRun: being healthy was enough. */
export function immediateVerification(id: string, now: EpochMs): VerificationInfo {
  const at = formatInstant(now)
  return { id, startTime: at, finishTime: at, phase: "Successful" }
}
