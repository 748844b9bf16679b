# add_model(folder/file): compiles models/folder/file.cpp, which holds TANTRUM_MODEL(folder, file), and enters it in the
# catalogue. This line is all it takes to add a component, a policy, a fault or a link.
set_property(GLOBAL PROPERTY TANTRUM_MODELS "")

function(add_model path)
  string(REPLACE "/" ";" parts ${path})
  list(GET parts 0 folder)
  list(GET parts 1 file)
  target_sources(tantrum_models PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${path}.cpp)
  set_property(GLOBAL APPEND PROPERTY TANTRUM_MODELS "${folder}/${file}")
endfunction()

# After the last add_model: writes the catalogue's source.
function(generate_catalogue)
  get_property(models GLOBAL PROPERTY TANTRUM_MODELS)
  set(declarations "")
  set(list "")
  foreach(model IN LISTS models)
    string(REPLACE "/" ";" parts ${model})
    list(GET parts 0 folder)
    list(GET parts 1 file)
    string(APPEND declarations "namespace tantrum::models::${folder} { const scenario::Descriptor& ${folder}_${file}(); }\n")
    string(APPEND list "        &${folder}::${folder}_${file}(),\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/catalogue_generated.cpp @ONLY CONTENT
"// Generated from the add_model() lines.
#include \"models/scenario/catalogue.h\"

@declarations@
namespace tantrum::models {

const scenario::Catalogue& catalogue()
{
    static const scenario::Catalogue all({
@list@    });
    return all;
}

}  // namespace tantrum::models
")
  target_sources(tantrum_models PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/catalogue_generated.cpp)
endfunction()
