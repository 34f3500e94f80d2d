/** /etc/regsweep.yaml of the throw-away host: nothing is old in a test, and little is there. */
export const SETTINGS = 'min-age: 0s\nmax-delete: 100%\nquiet-window: 200ms\n';
