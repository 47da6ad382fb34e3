import { integerOf } from "./value.js"

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** A decimal number as jq reads it: an integer exactly, anything else as a float. */
export function parseNumber(text: string): number | bigint {
  const near = Number(text)
  if (Number.isSafeInteger(near) || !/^[+-]?[0-9]+$/.test(text))
    return near === 0 && !text.includes(".") ? 0 : near
  return integerOf(BigInt(text.replace("+", "")))
}

/** `tonumber`: undefined for a text that is no decimal number. */
export function numberOf(text: string): number | bigint | undefined {
  return decimal.test(text) ? parseNumber(text) : undefined
}
