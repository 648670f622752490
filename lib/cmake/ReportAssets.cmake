# Sets CLEAVE_REPORT_ASSETS to a generated source with the texts that reports are made of (lib/cleave/report/assets.hpp).
# Vega, Vega-Lite and Vega-Embed, in the versions that assets/package-lock.json pins by SHA-512, come from the npm
# registry when the tree is configured. Where that does not work, the build goes on without them, reports have static
# plots only, and the next configuration tries again.

set(assets ${CMAKE_CURRENT_SOURCE_DIR}/cleave/report/assets)
set(npm_dir ${CMAKE_CURRENT_BINARY_DIR}/report_npm)
set(licences ${npm_dir}/licences.txt)

# Leaves the packages in npm_dir/node_modules, with npm_dir/fetched as a sign that they are complete.
function(cleave_fetch_charts)
  find_program(CLEAVE_NPM npm DOC "npm, which fetches the chart libraries of reports")
  if(NOT CLEAVE_NPM)
    message(WARNING "npm is not there: reports will have static plots only")
    return()
  endif()
  message(STATUS "Fetching the chart libraries of reports")
  file(REMOVE_RECURSE ${npm_dir})
  file(COPY ${assets}/package.json ${assets}/package-lock.json DESTINATION ${npm_dir})
  execute_process(
    COMMAND ${CLEAVE_NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${npm_dir}
    TIMEOUT 300
    RESULT_VARIABLE failed
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(failed)
    message(WARNING "npm could not fetch the chart libraries, reports will have static plots only:\n${output}")
    return()
  endif()
  # Every licence of what the libraries are built from, once.
  file(GLOB files ${npm_dir}/node_modules/vega*/LICENSE* ${npm_dir}/node_modules/d3-*/LICENSE*
       ${npm_dir}/node_modules/topojson-client/LICENSE*)
  set(texts)
  set(seen)
  foreach(file IN LISTS files)
    file(SHA256 ${file} hash)
    if(NOT hash IN_LIST seen)
      list(APPEND seen ${hash})
      cmake_path(GET file PARENT_PATH folder)
      cmake_path(GET folder FILENAME package)
      file(READ ${file} text)
      string(APPEND texts "${package}\n\n${text}\n\n")
    endif()
  endforeach()
  file(WRITE ${licences} "${texts}")
  file(COPY_FILE ${npm_dir}/package-lock.json ${npm_dir}/fetched)
endfunction()

if(CLEAVE_REPORT)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${assets}/package-lock.json)
  set(changed TRUE)
  if(EXISTS ${npm_dir}/fetched)
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${assets}/package-lock.json ${npm_dir}/fetched
                    RESULT_VARIABLE changed)
  endif()
  if(changed)
    cleave_fetch_charts()
  endif()
endif()

# Function of lib/cleave/report/assets.hpp = file whose text it returns.
set(texts plots_css=${assets}/plots.css report_css=${assets}/report.css page_js=${assets}/page.js
          report_js=${assets}/report.js)
if(CLEAVE_REPORT AND EXISTS ${npm_dir}/fetched)
  set(modules ${npm_dir}/node_modules)
  list(APPEND texts vega_js=${modules}/vega/build/vega.min.js
       vega_lite_js=${modules}/vega-lite/build/vega-lite.min.js
       vega_embed_js=${modules}/vega-embed/build/vega-embed.min.js vega_licences=${licences})
else()
  list(APPEND texts vega_js= vega_lite_js= vega_embed_js= vega_licences=)
endif()
set(files ${texts})
list(TRANSFORM files REPLACE "^[^=]*=" "")
list(FILTER files EXCLUDE REGEX "^$")
set(CLEAVE_REPORT_ASSETS ${CMAKE_CURRENT_BINARY_DIR}/report_assets.cpp)
# Written when the list changes (with or without charts), so that the source is generated again.
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/report_assets.txt CONTENT "${texts}\n")
add_custom_command(
  OUTPUT ${CLEAVE_REPORT_ASSETS}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${CLEAVE_REPORT_ASSETS} "-DTEXTS=${texts}" -P
          ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_texts.cmake
  DEPENDS ${files} ${CMAKE_CURRENT_BINARY_DIR}/report_assets.txt cmake/embed_texts.cmake
  COMMENT "Embedding the texts of reports"
  VERBATIM)
