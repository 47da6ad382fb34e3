const [minute, hour, day, year] = [60, 3600, 86_400, 31_536_000]

function parts(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first}${firstUnit}` : `${first}${firstUnit}${second}${secondUnit}`
}

/** A span as kubectl shows ages: `45s`, `5m30s`, `3h12m`, `6d`, `2y40d`. */
export function shortDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < -1) return "<invalid>"
  if (seconds < 0) return "0s"
  if (seconds < 2 * minute) return `${seconds}s`
  const minutes = Math.floor(seconds / minute)
  if (minutes < 10) return parts(minutes, "m", seconds % minute, "s")
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(seconds / hour)
  if (hours < 8) return parts(hours, "h", minutes % 60, "m")
  if (hours < 48) return `${hours}h`
  const days = Math.floor(seconds / day)
  if (hours < 192) return parts(days, "d", hours % 24, "h")
  const years = Math.floor(seconds / year)
  if (years < 2) return `${days}d`
  return years < 8 ? parts(years, "y", days % 365, "d") : `${years}y`
}
