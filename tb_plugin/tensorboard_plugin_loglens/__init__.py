"""The LogLens tab of TensorBoard. Nothing is imported here: TensorBoard starts whatever happens to this package."""
