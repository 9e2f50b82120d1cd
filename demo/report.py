def page(result, folder): return ""
