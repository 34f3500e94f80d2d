/** Stands in a bundle for React's debugger, which is never asked for there. */
export default undefined;
