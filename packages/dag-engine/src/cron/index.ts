/**
 * CronWorkflows: the decision, and a runner for this process.
 *
 * @packageDocumentation
 */
export { type BackfillOptions, backfillLabel, backfillRuns } from "./backfill.js"
export {
  type CronAction,
  type CronDecision,
  decideCron,
  lastScheduleAnnotation,
  type ObservedCron,
  scheduleText,
} from "./decide.js"
export { parseCronWorkflow } from "./parse.js"
export { type CronOptions, type RunningCron, startCron } from "./run-cron.js"
export { cronLabel, runOf, scheduledTimeAnnotation } from "./run-of.js"
export { readSchedules, type Schedules } from "./schedules.js"
