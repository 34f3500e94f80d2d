/** Values of options that nobody gives, as people write them. */
export const DEFAULTS = {
  root: '/var/lib/registry',
  settings: '/etc/regsweep.yaml',
  minAge: '24h',
  maxDelete: '90%',
  quietWindow: '5s',
  commandTimeout: '60s',
} as const;
