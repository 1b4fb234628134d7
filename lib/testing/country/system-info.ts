import { textOfTime } from './clock.ts'
import type { Model } from './model.ts'

const never = '1970-01-01T00:00:00.000'

/** `/api/system/info`: the version, the clock, and which analytics tables there are. */
export function systemInfo({ clock, tables }: Model, baseUrl: string): object {
  const { pin, runtimeMs } = tables
  const date = textOfTime(clock.now)
  return {
    contextPath: baseUrl,
    calendar: 'iso8601',
    dateFormat: 'yyyy-mm-dd',
    serverDate: date,
    serverTimeZoneId: 'UTC',
    lastAnalyticsTableSuccess: pin === undefined ? never : textOfTime(pin),
    intervalSinceLastAnalyticsTableSuccess: intervalOf(clock.now - (pin ?? 0)),
    lastAnalyticsTableRuntime: pin === undefined ? '' : textOfTime(runtimeMs).slice(11),
    lastAnalyticsTablePartitionSuccess: never,
    lastAnalyticsTablePartitionRuntime: '',
    version: '2.43.2',
    revision: '7eb8226',
    buildTime: '2025-11-25T02:11:25.000',
    systemId: '6921735a-3edf-4925-8217-7ae198da3595',
    systemName: 'DHIS 2',
  }
}

function intervalOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 3600)} h, ${Math.floor(seconds / 60) % 60} m, ${seconds % 60} s`
}
