"""How fast the tab is: TensorBoard to a usable table, cold and warm; scrolling, sorting and opening in Chromium."""
