"""How visitors behave: the definitions, slow and obvious."""
