"""stub"""


def register():
    pass


def unregister():
    pass
