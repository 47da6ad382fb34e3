/**
 * Instructions of the machine. Each is followed by its operands; values travel on a stack above the slots of variables.
 * A count of -1 means "all that the last call or `...` gave", which lie on top.
 */
export const Op = {
  constant: 0,
  nil: 1,
  yes: 2,
  no: 3,
  /** count */
  rest: 4,
  getLocal: 5,
  setLocal: 6,
  getCell: 7,
  setCell: 8,
  /** slot: puts the value on top into a new cell there */
  newCell: 9,
  getUpvalue: 10,
  setUpvalue: 11,
  getGlobal: 12,
  setGlobal: 13,
  newTable: 14,
  /** first place, fixed count, 1 where more follow: appends to the table below the values */
  append: 15,
  /** table key value → table */
  field: 16,
  getIndex: 17,
  getField: 18,
  setIndex: 19,
  /** slots of table and key */
  setIndexOf: 20,
  /** constant: object → function, object */
  self: 21,
  add: 22,
  subtract: 23,
  multiply: 24,
  divide: 25,
  modulo: 26,
  power: 27,
  /** count */
  concat: 28,
  equal: 29,
  unequal: 30,
  less: 31,
  lessEqual: 32,
  greater: 33,
  greaterEqual: 34,
  negate: 35,
  not: 36,
  length: 37,
  jump: 38,
  jumpUnless: 39,
  /** keeps the value where it jumps */
  and: 40,
  or: 41,
  /** fixed parameters, 1 where more follow, results wanted */
  call: 42,
  /** fixed values, 1 where more follow */
  return: 43,
  closure: 44,
  /** slot, target: checks the three numbers of a counting loop */
  countFrom: 45,
  /** slot, target: steps, and jumps back while it has not passed the limit */
  countOn: 46,
  /** slot, count: calls the iterator */
  iterate: 47,
  /** slot, count, target: ends the loop at nil, else keeps the control value */
  iterated: 48,
  pop: 49,
} as const
