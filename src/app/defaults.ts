/** Default values of options, written as on the command line. */
export const DEFAULTS = {
  root: '/var/lib/registry',
  settings: '/etc/regsweep.yaml',
  minAge: '24h',
  maxDelete: '90%',
  quietWindow: '5s',
  commandTimeout: '60s',
} as const;
