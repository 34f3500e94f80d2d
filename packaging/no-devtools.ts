/** Replaces React's debugger in the bundle, which never loads it. */
export default undefined;
