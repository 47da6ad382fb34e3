import type { JsonObject } from "@argo-ts/kernel"
import type { Collection } from "../store/collection.js"
import type { Change } from "../store/history.js"
import { everyObject } from "../store/selection.js"
import { part, type StoredObject } from "../store/stored-object.js"

/** The addresses and node ports that Services hold. */
export interface ServiceAddresses {
  /** The lowest free address of 10.96.0.0/16 from 10.96.0.10 on; `undefined` where all are taken. */
  freeAddress(): string | undefined
  isAddressTaken(address: string, by: string): boolean
  /** The lowest free node port that is not one of `besides`; `undefined` where all are taken. */
  freePort(besides: ReadonlySet<number>): number | undefined
  isPortTaken(port: number, by: string): boolean
  /** Follows a change of the store. */
  observe(change: Pick<Change, "rules" | "before" | "after">): void
}

/** The node ports that may be given. */
export const nodePorts: { readonly min: number; readonly max: number } = {
  min: 30_000,
  max: 32_767,
}

const firstAddress = 10
const lastAddress = 65_534

function addressAt(index: number): string {
  return `10.96.${index >> 8}.${index & 255}`
}

/** The number of an address of the range, or `undefined`. */
export function addressIndex(address: string): number | undefined {
  const match = /^10\.96\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  if (match === null) return undefined
  const [high, low] = [Number(match[1]), Number(match[2])]
  const index = high * 256 + low
  return high < 256 && low < 256 && index > 0 && index <= lastAddress ? index : undefined
}

/** Numbers with their holders; the lowest free one from `first` on costs nothing to find. */
function createHolders(first: number, last: number) {
  const holders = new Map<number, string>()
  let next = first
  return {
    take(number: number, by: string): void {
      holders.set(number, by)
    },
    release(number: number, by: string): void {
      if (holders.get(number) !== by) return
      holders.delete(number)
      if (number >= first && number < next) next = number
    },
    free(besides?: ReadonlySet<number>): number | undefined {
      while (holders.has(next)) next++
      let found = next
      while (found <= last && (holders.has(found) || besides?.has(found) === true)) found++
      return found <= last ? found : undefined
    },
    isTaken: (number: number, by: string) => (holders.get(number) ?? by) !== by,
  }
}

function portsOf(spec: JsonObject): number[] {
  const { ports, healthCheckNodePort } = spec
  const list = Array.isArray(ports) ? (ports as readonly JsonObject[]) : []
  return [...list.map((port) => port["nodePort"]), healthCheckNodePort].filter(
    (port) => typeof port === "number" && port > 0,
  ) as number[]
}

/** Follows the Services of `services`, which are read once, when somebody asks first. */
export function createServiceAddresses(services: () => Collection): ServiceAddresses {
  const addresses = createHolders(firstAddress, lastAddress)
  const ports = createHolders(nodePorts.min, nodePorts.max)
  let isRead = false
  const update = (object: StoredObject | undefined, verb: "take" | "release"): void => {
    if (object === undefined) return
    const spec = part(object, "spec")
    const { uid } = object.metadata
    const index = addressIndex(String(spec["clusterIP"]))
    if (index !== undefined) addresses[verb](index, uid)
    for (const port of portsOf(spec)) ports[verb](port, uid)
  }
  const read = (): void => {
    if (isRead) return
    isRead = true
    for (const service of services().list(everyObject)) update(service, "take")
  }
  return {
    freeAddress() {
      read()
      const index = addresses.free()
      return index === undefined ? undefined : addressAt(index)
    },
    isAddressTaken(address, by) {
      read()
      const index = addressIndex(address)
      return index !== undefined && addresses.isTaken(index, by)
    },
    freePort(besides) {
      read()
      return ports.free(besides)
    },
    isPortTaken(port, by) {
      read()
      return ports.isTaken(port, by)
    },
    observe({ rules, before, after }) {
      if (!isRead || rules.id !== "/services" || before?.["spec"] === after?.["spec"]) return
      update(before, "release")
      update(after, "take")
    },
  }
}
